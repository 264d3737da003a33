"""The stores in a warehouse without dbt, with the columns that the dbt package gives them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from foretell.ground.stores import store_in
from foretell.resources import dbt_package_dir
from foretell.warehouse.marks import COMMENT

if TYPE_CHECKING:
    from foretell.ground.relation import Relation
    from foretell.warehouse.duckdb import DuckDBWarehouse

_STORE = re.compile(r"^        '(\w+)': \{(.*?)\}", re.MULTILINE | re.DOTALL)
_COLUMN = re.compile(r"'(\w+)': '?(\w+)'?")
_TYPES = {"text": "varchar", "int": "integer", "number": "double precision", "bytes": "blob"}


def make_stores(warehouse: DuckDBWarehouse, schema: Relation) -> None:
    """Make all of them, empty."""
    text = (dbt_package_dir() / "macros/stores/_stores.sql").read_text(encoding="utf-8")
    for name, body in _STORE.findall(text):
        columns = [f'"{one}" {_TYPES.get(kind, kind)}' for one, kind in _COLUMN.findall(body)]
        store = store_in(schema, name)
        warehouse.execute(f"create table {store} ({', '.join(columns)})")
        warehouse.execute(f"comment on table {store} is '{COMMENT}'")
