"""Folders that foretell makes are not staged by `git add -A`; those of others stay as they are."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from threading import Event, Thread

import duckdb
import pytest

from foretell.dashboards.superset.home import SupersetHome, secret
from foretell.demo.load import _open
from foretell.errors import SupersetError
from foretell.warehouse.serving import (
    ServedRelation,
    default_link,
    newest_day,
    present_link,
    publish,
)


def staged(folder: Path) -> set[str]:
    """What `git add -A` takes of a folder."""

    def git(*args: str) -> str:
        command = ["git", "-c", "core.excludesFile=/dev/null", *args]
        return subprocess.run(
            command, cwd=folder, check=True, capture_output=True, text=True
        ).stdout

    git("init", "--quiet")
    git("add", "-A")
    return set(git("ls-files").split())


def build(database: Path, link: Path, today: str = "2025-08-01") -> None:
    """Publish one table of a warehouse file."""
    with duckdb.connect(str(database)) as con:
        con.execute(
            "create or replace table foretell_runs as "
            f"select 'success' as status, date '{today}' as today"
        )
        served = ServedRelation("runs", database.stem, "main", "foretell_runs")
        publish(con, link, [served], build_id="x", today=today)


def make_home(root: Path) -> SupersetHome:
    """A home with what `up` keeps in it before Superset starts."""
    home = SupersetHome(root)
    home.create()
    with home.alone():
        secret(home.secret_key_file)
        secret(home.password_file)
        home.metadata.write_text("users")
        home.setup_log.write_text("log")
    return home


def test_nothing_of_foretells_making_is_staged(tmp_path: Path) -> None:
    (tmp_path / "dbt_project.yml").write_text("name: shop\n")
    (tmp_path / ".gitignore").write_text("shop.duckdb\n")
    make_home(tmp_path / ".foretell" / "superset")
    build(tmp_path / "shop.duckdb", default_link(tmp_path / "shop.duckdb"))
    _open(tmp_path / "data" / "demo.duckdb").close()
    build(tmp_path / "data" / "demo.duckdb", default_link(tmp_path / "data" / "demo.duckdb"))
    assert staged(tmp_path) == {"dbt_project.yml", ".gitignore"}


def test_a_home_of_an_older_version_is_ignored_from_the_next_up_on(tmp_path: Path) -> None:
    root = tmp_path / "home"
    root.mkdir()
    for name in ("lock", "secret_key", "admin_password", "superset.db"):
        (root / name).write_text("kept")
    SupersetHome(root).create()
    assert staged(tmp_path) == set()
    assert (root / "admin_password").read_text() == "kept"


def test_somebodys_own_gitignore_stays(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    (home.root / ".gitignore").write_text("secret_key\n")
    home.create()
    assert (home.root / ".gitignore").read_text() == "secret_key\n"


@pytest.mark.parametrize(
    "there",
    [["notes.md"], ["dbt_project.yml"], [".git", "lock"], ["dbt_project.yml", "secret_key"]],
)
def test_a_folder_with_other_things_is_no_home(tmp_path: Path, there: list[str]) -> None:
    for name in there:
        (tmp_path / name).write_text("theirs")
    mode = tmp_path.stat().st_mode
    with pytest.raises(SupersetError, match=f"holds other things: .*{there[0]}.*--home"):
        SupersetHome(tmp_path).create()
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(there)
    assert tmp_path.stat().st_mode == mode


def test_a_folder_of_somebody_elses_is_not_ignored(tmp_path: Path) -> None:
    (tmp_path / "copies").mkdir()
    (tmp_path / "copies" / "notes.md").write_text("theirs")
    build(tmp_path / "shop.duckdb", tmp_path / "copies.duckdb")
    assert not (tmp_path / "copies" / ".gitignore").exists()


def test_readers_of_the_link_of_version_0_1_follow_without_a_gap(tmp_path: Path) -> None:
    database = tmp_path / "shop.duckdb"
    old, folder = tmp_path / "shop_serving.duckdb", tmp_path / "shop_serving"
    build(database, tmp_path / "elsewhere.duckdb", "2025-07-01")
    os.replace(tmp_path / "elsewhere", folder)
    (tmp_path / "elsewhere.duckdb").unlink()
    (folder / ".gitignore").unlink(missing_ok=True)
    (version,) = folder.iterdir()
    old.symlink_to(f"shop_serving/{version.name}")
    assert present_link(database) == old

    missing, ended = [], Event()

    def look() -> None:
        while not ended.is_set():
            try:
                old.resolve(strict=True).stat()
            except FileNotFoundError:
                missing.append(old)

    reader = Thread(target=look)
    reader.start()
    for day in range(1, 6):
        build(database, default_link(database), f"2025-08-0{day}")
    ended.set()
    reader.join()
    assert missing == []
    assert str(newest_day(old)) == str(newest_day(default_link(database))) == "2025-08-05"
    assert present_link(database) == default_link(database)
    files = {one.name for one in folder.iterdir()}
    assert {".gitignore", "shop_serving.duckdb"} < files
    assert len(files) == 2 + 3
