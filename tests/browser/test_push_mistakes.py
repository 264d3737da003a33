"""What is wrong is said with the next step, before anything in Superset is changed."""

from __future__ import annotations

import dataclasses
import json
import shutil
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from foretell.dashboards.superset.home import SupersetHome, secret
from foretell.dashboards.superset.process import ServerProcess
from foretell.dashboards.superset.proof import is_proven
from foretell.errors import SupersetError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.browser

CHART = "win_back/charts/households_named.yaml"
DATASET = "_shared/datasets/households_at_risk.yaml"
ROLES = "_shared/roles.yaml"


@pytest.fixture
def own(demo_superset: Any, tmp_path: Path) -> Path:
    """The demo's own dashboards, to make mistakes in."""
    return shutil.copytree(demo_superset.project_dir / "dashboards", tmp_path / "dashboards")


@pytest.fixture
def unchanged(demo_superset: Any) -> Iterator[None]:
    """Nothing in Superset was changed meanwhile."""
    before = last_changes(demo_superset)
    yield
    assert last_changes(demo_superset) == before


def last_changes(superset: Any) -> dict[str, list[tuple[int, str]]]:
    """Every object and when it was last changed."""
    with superset.client() as client:
        return {
            kind: sorted(
                (row["id"], row["changed_on_utc"])
                for row in client.all(f"/api/v1/{kind}/", ("id", "changed_on_utc"))
            )
            for kind in ("dataset", "chart", "dashboard")
        }


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (DATASET, "table: fct_", "table: fact_", r"reads \['fact_households_at_risk'\].*dbt build"),
        (DATASET, "  income:", "  incom:", r"names the columns \['incom'\]"),
        (CHART, "caption:", "captoin:", r"households_named\.yaml.*captoin: unknown key"),
        (CHART, "metric: named", "metric: name", r"mentions metric 'name'; there is"),
        (CHART, "dataset: households", "dataset: household", r"mentions dataset 'household_"),
        (ROLES, "win_back", "winback", r"roles\.yaml gives role 'stakeholder' .*\['winback'\]"),
        (ROLES, "may: look", "may: read", r"cannot be used\. stakeholder\.may: .*'look'"),
        (ROLES, "analyst:", "Alpha:", r"roles\.yaml .* 'Alpha' .* is Superset's own"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_file_names_the_file_and_what_there_is(
    demo_superset: Any, own: Path, unchanged: None, file: str, old: str, new: str, said: str
) -> None:
    text = (own / file).read_text()
    assert old in text
    (own / file).write_text(text.replace(old, new))
    with pytest.raises(SupersetError, match=said):
        demo_superset.push(own)


def test_a_second_dataset_of_a_table_is_refused_with_another_way(
    demo_superset: Any, own: Path, unchanged: None
) -> None:
    (own / "_shared/datasets/people.yaml").write_text("table: dim_households\n")
    with pytest.raises(SupersetError, match=r"people\.yaml: dataset 'households' .*`sql: select"):
        demo_superset.push(own)


def test_a_table_that_somebody_else_has_a_dataset_of_is_named(
    demo_superset: Any, own: Path
) -> None:
    with demo_superset.client() as client:
        (mine,) = client.get("/api/v1/database/")["result"]
        uri = client.get(f"/api/v1/database/{mine['id']}/connection")["result"]["sqlalchemy_uri"]
        other = client.post("/api/v1/database/", {"database_name": "ours", "sqlalchemy_uri": uri})
        table = {"database": other["id"], "schema": "main", "table_name": "fct_baskets"}
        theirs = client.post("/api/v1/dataset/", table)
        try:
            before = last_changes(demo_superset)
            (own / "_shared/datasets/baskets.yaml").write_text("table: fct_baskets\n")
            with pytest.raises(SupersetError, match=r"'fct_baskets', .* in 'ours'\. Write `sql:"):
                demo_superset.push(own)
            assert last_changes(demo_superset) == before
        finally:
            client.delete(f"/api/v1/dataset/{theirs['id']}")
            client.delete(f"/api/v1/database/{other['id']}")


def test_a_superset_that_is_down_is_named(
    demo_superset: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORETELL_SUPERSET_PASSWORD", "secret")
    with socket.socket() as taken:  # bound, never listening: nothing can answer there
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(SupersetError, match=rf"No Superset answers at {url}.*superset up"):
            dataclasses.replace(demo_superset, url=url).push()


def test_the_generated_password_goes_to_its_own_server_only(
    demo_superset: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FORETELL_SUPERSET_PASSWORD", raising=False)
    server = ServerProcess.load(demo_superset.home.process_file)
    if server is None:
        pytest.skip("this Superset was started elsewhere")
    key = demo_superset.home.secret_key_file.read_text().strip()
    assert is_proven(server.url, key)
    assert not is_proven(server.url, key + "x")
    assert dataclasses.replace(demo_superset, url=None).push().changed is False
    for other in (server.url.replace("127.0.0.1", "localhost"), server.url + "1"):
        with pytest.raises(SupersetError, match=rf"runs at {server.url}; it is sent to no other"):
            dataclasses.replace(demo_superset, url=other).push()
    for name in ("superset.db", "superset.log", "secret_key", "admin_password"):
        assert (demo_superset.home.root / name).stat().st_mode & 0o077 == 0, name


def test_a_wrong_password_is_refused_with_the_next_step(
    demo_superset: Any, unchanged: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORETELL_SUPERSET_PASSWORD", "wrong")
    with pytest.raises(SupersetError, match=r"refuses the password.*FORETELL_SUPERSET_PASSWORD"):
        demo_superset.push()


class _Older(BaseHTTPRequestHandler):
    """Answers as a Superset 5.0 does to the question for its version, and to nothing else."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"version_string": "5.0.0", "GIT_SHA": ""}).encode())

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def test_a_push_with_superset_down_sends_nothing(
    demo_superset: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Older, "asked", [], raising=False)
    monkeypatch.delenv("FORETELL_SUPERSET_PASSWORD", raising=False)
    home = SupersetHome(tmp_path / "home")
    home.create()
    secret(home.password_file)
    down = dataclasses.replace(demo_superset, home=home)
    with HTTPServer(("127.0.0.1", 0), _Older) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(SupersetError, match=r"not running, and nothing was sent.*superset up"):
            dataclasses.replace(down, url=None).push()
        with pytest.raises(SupersetError, match="it is sent to no other address"):
            dataclasses.replace(down, url=f"http://127.0.0.1:{server.server_port}").push()
        server.shutdown()
    assert _Older.asked == []


def test_an_older_superset_is_refused_before_it_hears_the_password(
    demo_superset: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Older, "asked", [], raising=False)
    monkeypatch.setenv("FORETELL_SUPERSET_PASSWORD", "secret")
    with HTTPServer(("127.0.0.1", 0), _Older) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        with pytest.raises(SupersetError, match=r"is version 5\.0\.0; .* need 6\.1.*superset up"):
            dataclasses.replace(demo_superset, url=url).push()
        server.shutdown()
    assert _Older.asked == ["/version"]
