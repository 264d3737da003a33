"""Dashboards read Postgres as a role that may read what is served, and nothing else."""

from __future__ import annotations

import os
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg2
import pytest

from foretell.dashboards.declared.project import read_project
from foretell.dashboards.declared.serving_copy import ServingCopy
from foretell.dashboards.packed.packer import pack
from foretell.dashboards.superset.home import SupersetHome
from foretell.dashboards.sync.reader import read_as_reader
from foretell.dashboards.written.columns import check_chart_columns, describe_datasets
from foretell.dashboards.written.folder import read_assets
from foretell.errors import SupersetError
from foretell.ground.sql_text import translated
from foretell.resources import dbt_package_dir
from portable import PostgresProject, make_portable_gym, on_postgres, profile
from postgres_server import PASSWORD
from project import PREDICTION, gates_off

if TYPE_CHECKING:
    from pathlib import Path

    from foretell.warehouse.served import Served
    from postgres_server import Server
    from project import Project

READER = "foretell_reader"
#: Columns that say when and by which run something was computed, and how long that took.
CLOCKS = {
    *("build_html", "created_at", "finished_at", "happened_at", "invocation_id", "measured_at"),
    *("ran_at", "recorded_at", "run_id", "scored_at", "seconds", "started_at"),
}
#: Datasets without a row in a project without gates and slices.
EMPTY = {"gates", "slice_quality"}
NEVER = (
    "gym_foretell.foretell_store_model_versions",
    "gym_foretell.foretell_store_runs",
    f"gym_foretell.{PREDICTION}__history",
    f"gym_foretell.{PREDICTION}__features",
    "gym.feat_member__visits",
    "gym.as_of_member",
)


@pytest.fixture(scope="module")
def both(
    postgres_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Project, PostgresProject]:
    """The portable gym, of which dashboards may read the visits and what is predicted."""
    folder = tmp_path_factory.mktemp("reader")
    here = make_portable_gym(folder / "duckdb")
    gates_off(here)
    here.replace("dbt_project.yml", "+meta: {serve: true}", "fct_visits: {+meta: {serve: true}}")
    there = on_postgres(here, postgres_server, folder / "postgres", "served")
    for today in ("2025-08-01", "2025-09-02", "2025-10-02"):
        here.build(today=today)
        there.build(today=today)
    return here, there


@pytest.fixture(scope="module")
def built(both: tuple[Project, PostgresProject]) -> PostgresProject:
    """The one on Postgres."""
    return both[1]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a push has of its environment, without anybody's settings."""
    for name in os.environ:
        if name.startswith(("DBT_", "FORETELL_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("FORETELL_DBT_PACKAGE", str(dbt_package_dir()))


@pytest.fixture
def home(tmp_path: Path) -> SupersetHome:
    return SupersetHome(tmp_path / "home")


@pytest.fixture
def reader(built: PostgresProject, home: SupersetHome) -> Any:
    """What a push reads as the role that it makes; the role is gone afterwards."""
    yield read_as_reader(built.folder, home, make=True)
    drop_reader(built)


def drop_reader(project: PostgresProject) -> None:
    project.change(f"drop owned by {READER}")
    project.change(f"drop role {READER}")


def as_reader(project: PostgresProject, home: SupersetHome) -> Any:
    """A session of the role."""
    session = psycopg2.connect(
        host="127.0.0.1", port=project.server.port, dbname=project.name, user=READER,
        password=home.reader_password_file.read_text().strip(),
    )  # fmt: skip
    session.autocommit = True
    return session


def refused(project: PostgresProject, home: SupersetHome, relation: str) -> None:
    """That the role may not read a relation."""
    with (
        closing(as_reader(project, home)) as session,
        session.cursor() as cursor,
        pytest.raises(psycopg2.errors.InsufficientPrivilege),
    ):
        cursor.execute(f"select * from {relation} limit 1")


def test_the_server_knows_how_many_rows_a_store_has(built: PostgresProject) -> None:
    """Where it thinks that there are none, a chart joins every row with every other."""
    known = built.query(
        "select relname, reltuples from pg_class "
        "where relkind = 'r' and relname like 'foretell_store_%'"
    )
    filled = [
        (name, rows)
        for name, rows in known
        if built.value(f"select exists (select from gym_foretell.{name})")
    ]
    assert len(filled) > 5
    assert [name for name, rows in filled if rows < 1] == []


def test_the_role_reads_what_is_served_and_is_refused_all_else(
    built: PostgresProject, home: SupersetHome, reader: Served
) -> None:
    assert {PREDICTION, "fct_visits", "foretell_trust", "foretell_build"} <= set(reader.columns())
    with closing(as_reader(built, home)) as session, session.cursor() as cursor:
        cursor.execute(f"select count(*) from gym.{PREDICTION}")
        assert cursor.fetchone()[0] > 0
        for write in ("create table gym.mine (a int)", "delete from gym.fct_visits"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(write)
    for relation in NEVER:
        refused(built, home, relation)
    assert home.reader_password_file.stat().st_mode & 0o777 == 0o600


def test_every_dataset_and_chart_is_filled_from_where_dbt_built(
    built: PostgresProject, reader: Served
) -> None:
    assets = read_assets(built.folder / "dashboards", read_project(built.folder, reader))
    columns = describe_datasets(assets, reader)
    check_chart_columns(assets, columns)
    for name, spec in assets.datasets.items():
        shown = ", ".join(metric.sql for metric in spec.metrics.values()) or "count(*)"
        query = reader.placed(f"select {shown} from ({spec.sql}) as rows")
        # Superset reads a query and writes it anew, by the same parser.
        assert reader.types(query) == reader.types(translated(query, "postgres", "postgres")), name
    files = pack(assets, served=reader, columns=columns, descriptions={})
    database = files["databases/foretell.yaml"]
    assert f"postgresql+psycopg2://{READER}:XXXXXXXXXX@127.0.0.1:" in database
    assert not [path for path, text in files.items() if reader.password in text]


def test_every_dataset_shows_the_same_as_that_of_a_serving_copy(
    both: tuple[Project, PostgresProject], reader: Served
) -> None:
    here, there = both
    copy = ServingCopy(here.serving)
    ours, theirs = (
        read_assets(project.folder / "dashboards", read_project(project.folder, served)).datasets
        for project, served in ((here, copy), (there, reader))
    )
    assert list(ours) == list(theirs)
    different = []
    for name, spec in ours.items():
        columns = [column for column in copy.types(spec.sql or "") if column not in CLOCKS]
        shown = ", ".join(f'"{column}"' for column in columns) or "1"
        rows = here.query(f"select {shown} from ({spec.sql}) as d", here.serving.resolve())
        sql = reader.placed(theirs[name].sql or "")
        if alike(rows) != approx(alike(there.query(f"select {shown} from ({sql}) as d"))):
            different.append(name)
        assert rows or name in EMPTY, name
    assert different == []


def alike(rows: list[tuple[Any, ...]]) -> list[list[Any]]:
    """Rows in an order of their own, decimals as doubles."""
    plain = [[float(v) if isinstance(v, Decimal) else v for v in row] for row in rows]
    return sorted(
        plain,
        key=lambda row: [f"{v:.6g}" if isinstance(v, float) else str(v) for v in row],
    )


def approx(rows: list[list[Any]]) -> list[Any]:
    """The same, figures to nine digits."""
    return [
        [pytest.approx(v, rel=1e-9, abs=1e-12) if isinstance(v, float) else v for v in row]
        for row in rows
    ]


def test_a_build_lets_the_role_read_what_it_made_anew(
    built: PostgresProject, home: SupersetHome, reader: Served
) -> None:
    before = built.query("select build_id from gym_foretell.foretell_build")
    built.build("--select", "fct_visits", "package:foretell", today="2025-09-03")
    with closing(as_reader(built, home)) as session, session.cursor() as cursor:
        for relation in ("gym.fct_visits", "gym_foretell.foretell_trust"):
            cursor.execute(f"select * from {relation} limit 1")
        cursor.execute("select build_id, cast(today as text) from gym_foretell.foretell_build")
        ((build, today),) = cursor.fetchall()
    assert today == "2025-09-03"
    assert [(build,)] != before


def test_a_schema_that_was_not_shown_stays_hidden(
    built: PostgresProject, home: SupersetHome, reader: Served
) -> None:
    assert reader
    other = profile(built.server, built.name, schema="elsewhere")
    mine = (built.folder / "profiles.yml").read_text()
    built.write("profiles.yml", other)
    try:
        built.build("--select", "fct_visits", today="2025-09-03")
    finally:
        built.write("profiles.yml", mine)
    refused(built, home, "elsewhere.fct_visits")


def test_no_password_is_in_what_dbt_writes(
    built: PostgresProject, home: SupersetHome, reader: Served
) -> None:
    assert reader.password == home.reader_password_file.read_text().strip()
    for secret in (reader.password, PASSWORD):
        for folder in ("logs", "target"):
            for file in (built.folder / folder).rglob("*"):
                assert not file.is_file() or secret.encode() not in file.read_bytes(), file


def test_a_role_that_reads_too_much_is_refused(
    built: PostgresProject, home: SupersetHome, reader: Served
) -> None:
    assert reader
    built.change(f"grant select on gym_foretell.foretell_store_runs to {READER}")
    with pytest.raises(SupersetError, match=r"may read gym_foretell\.foretell_store_runs, which"):
        read_as_reader(built.folder, home, make=True)


def test_what_is_served_no_longer_is_taken_from_the_role(
    built: PostgresProject, home: SupersetHome, reader: Served
) -> None:
    assert reader
    built.change(f"grant select on gym.as_of_member to {READER}")
    read_as_reader(built.folder, home, make=True)
    refused(built, home, "gym.as_of_member")


def test_where_dbts_user_may_make_no_role_an_administrator_is_told_what_to_run(
    built: PostgresProject, home: SupersetHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, database = built.server, built.name
    server.query(f"create role plain login password '{PASSWORD}'")
    mine = (built.folder / "profiles.yml").read_text()
    built.write("profiles.yml", profile(server, database, user="plain"))
    try:
        with pytest.raises(SupersetError, match="Ask an administrator") as refused:
            read_as_reader(built.folder, home, make=True)
        statements = str(refused.value).split("push again:\n")[1]
        assert f"create role {READER} login password '...';" in statements
        monkeypatch.setenv("FORETELL_READER_PASSWORD", "chosen by an administrator")
        for statement in statements.replace("'...'", "'chosen by an administrator'").splitlines():
            built.change(statement)
        reader = read_as_reader(built.folder, home, make=True)
        assert PREDICTION in reader.columns()
        monkeypatch.setenv("FORETELL_READER_PASSWORD", "another")
        with pytest.raises(SupersetError, match=r"cannot log in.*set FORETELL_READER_PASS"):
            read_as_reader(built.folder, home, make=True)
    finally:
        built.write("profiles.yml", mine)
        drop_reader(built)


def test_only_a_push_makes_the_role(built: PostgresProject, home: SupersetHome) -> None:
    with pytest.raises(SupersetError, match="`foretell dashboards push` makes it"):
        read_as_reader(built.folder, home, make=False)
    assert not home.root.exists()
    assert built.query(f"select 1 from pg_roles where rolname = '{READER}'") == []
