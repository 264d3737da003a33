"""One form, computed once in a process of its own, so that its peak memory is its own."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path

import duckdb
import pandas_forms
import sql_forms

SQL_FORMS = {
    "range join": sql_forms.range_join,
    "range join per window": sql_forms.join_per_window,
    "range join in buckets": sql_forms.bucket_join,
    "union, RANGE window": sql_forms.range_window,
}
PANDAS_FORMS = {
    "pandas rolling": pandas_forms.rolling,
    "pandas merge_asof": pandas_forms.merge_asof,
}


def run(form: str, con: duckdb.DuckDBPyConnection, foretell: Path) -> None:
    """Make the table `features` from `shop`, as the form does; pandas fetches and writes back."""
    if form in PANDAS_FORMS:
        as_of = con.sql("select customer_id, as_of_at from shop.as_of_customer").df()
        orders = con.sql(
            "select customer_id, ordered_at, amount, product_id from shop.feat_customer__orders"
        ).df()
        found = PANDAS_FORMS[form](as_of, orders)  # noqa: F841 (DuckDB reads it by name)
        con.execute("create table features as select * from found")
    else:
        query = SQL_FORMS[form]() if form in SQL_FORMS else foretell.read_text(encoding="utf-8")
        con.execute(f"create table features as {query}")


def main() -> None:
    """Print the wall and CPU seconds and the peak memory of one run as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("form")
    parser.add_argument("shop", type=Path, help="DuckDB file with the events and as-of rows")
    parser.add_argument("result", type=Path, help="DuckDB file to write the features to")
    parser.add_argument("foretell", type=Path, help="the compiled query of foretell")
    parser.add_argument("--memory", help="DuckDB's memory_limit")
    said = parser.parse_args()
    con = duckdb.connect(str(said.result))
    con.execute(f"set temp_directory = '{said.result}.spilled'")
    if said.memory:
        con.execute(f"set memory_limit = '{said.memory}'")
    con.execute(f"attach '{said.shop}' as shop (read_only)")

    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    run(said.form, con, said.foretell)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
    con.close()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    unit = 1 if sys.platform == "darwin" else 1024
    json.dump({"wall": wall, "cpu": cpu, "peak_gb": after.ru_maxrss * unit / 1e9}, sys.stdout)


if __name__ == "__main__":
    main()
