"""The plugin in dbt's connection: what fails is said once, with its own reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from dbt.adapters.duckdb.credentials import Attachment, DuckDBCredentials

from foretell.errors import WarehouseError
from foretell.warehouse.dbt_plugin import REFUSED, Plugin

if TYPE_CHECKING:
    from pathlib import Path


def plugin(path: str, *attached: str, **config: Any) -> Plugin:
    credentials = DuckDBCredentials(
        path=path, attach=[Attachment(path=one, read_only=True) for one in attached]
    )
    return Plugin("dbt_plugin", config, credentials=credentials)


def test_a_second_connection_finds_the_functions_and_uses_its_own_session(tmp_path: Path) -> None:
    path = str(tmp_path / "shop.duckdb")
    link = tmp_path / "shop_serving" / "shop_serving.duckdb"
    request = json.dumps({"invocation_id": "b", "today": "2025-08-01", "relations": []})
    first, second = duckdb.connect(path), duckdb.connect(path)
    plugin(path).configure_connection(first)
    plugin(path).configure_connection(second)
    del first
    for made_otherwise in (False, True):
        if made_otherwise:
            link.unlink()
            link.write_text("a file of somebody's own")
        (said,) = second.execute("select foretell_publish($1)", [request]).fetchone() or ("",)
        assert said.startswith(f"{REFUSED}{link} is a file of its own") == made_otherwise, said
    second.close()


def test_functions_of_a_closed_connection_are_never_called(tmp_path: Path) -> None:
    path = str(tmp_path / "shop.duckdb")
    first, second = duckdb.connect(path), duckdb.connect(path)
    plugin(path).configure_connection(first)
    first.close()
    with pytest.raises(WarehouseError, match="still open in this process"):
        plugin(path).configure_connection(second)
    second.close()


@pytest.mark.parametrize("text", [None, "no database, whatever its name says, but a text" * 9])
def test_an_attached_file_that_cannot_be_opened_is_named(tmp_path: Path, text: str | None) -> None:
    attached = tmp_path / "other.duckdb"
    if text is not None:
        attached.write_text(text)
    path = str(tmp_path / "shop.duckdb")
    with duckdb.connect(path) as connection:
        for _ in range(2):
            with pytest.raises(WarehouseError, match=r"other\.duckdb that the profile names under"):
                plugin(path, str(attached)).configure_connection(connection)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    path.write_text("no database, whatever its name says, but a text" * 9)
    with pytest.raises(WarehouseError, match=r"shop\.duckdb cannot be opened by DuckDB"):
        plugin(str(path)).update_connection_config(DuckDBCredentials(path=str(path)), {})


@pytest.mark.parametrize("path", ["md:shop", "ducklake:sqlite:meta/shop.sqlite", ":memory:"])
def test_what_is_no_file_is_not_taken_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.chdir(tmp_path)
    one = plugin(path)
    one.update_connection_config(one.creds, {})
    with duckdb.connect() as connection:
        one.configure_connection(connection)
        found = connection.execute(
            "select function_name from duckdb_functions() where function_name like 'foretell%'"
        ).fetchall()
    assert found == [("foretell_expect",)], "there is nowhere to publish to"
    assert list(tmp_path.iterdir()) == []
