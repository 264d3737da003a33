"""The lines of a gate as Great Expectations has them on a pandas frame: fetched, then validated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
import pandas as pd

from foretell.validation.gate import GateRows
from foretell.validation.gx import great_expectations
from foretell.validation.suite import Line


def in_great_expectations(lines: Iterable[Line], frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Lines in Great Expectations' own types, since foretell's are for SQL.

    Quantiles of a column and a severity are one expectation there, which computes them together.
    """
    made: list[dict[str, Any]] = []
    quantiles: dict[tuple[str, str], dict[str, list[Any]]] = {}
    for line in lines:
        said, kind, kwargs = line.expectation, line.expectation.type, dict(line.expectation.kwargs)
        match kind:
            case "expect_key_to_be_unique":
                kind = "expect_compound_columns_to_be_unique"
            case "expect_column_max_to_be_between":
                kwargs["max_value"] = pd.Timestamp(kwargs["max_value"])
            case "expect_freshness_within":
                newest = frame[kwargs["column"]].max()
                kind = "expect_column_max_to_be_between"
                kwargs = {"column": kwargs["column"], "min_value": newest}
            case "expect_positive_rate_between":
                kind, kwargs["column"] = "expect_column_mean_to_be_between", kwargs.pop("label")
            case "expect_column_quantile_between":
                asked = quantiles.setdefault(
                    (kwargs["column"], said.severity), {"quantiles": [], "value_ranges": []}
                )
                asked["quantiles"].append(kwargs["quantile"])
                asked["value_ranges"].append([kwargs["min_value"], kwargs["max_value"]])
                if len(asked["quantiles"]) > 1:
                    continue
                kind = "expect_column_quantile_values_to_be_between"
                kwargs = {"column": kwargs["column"], "quantile_ranges": asked}
            case "expect_no_missing_predictions":
                kind, kwargs = "expect_table_row_count_to_equal", {"value": len(frame)}
        made.append({"type": kind, "kwargs": kwargs, "severity": said.severity})
    return made


def validate_with_pandas(
    con: duckdb.DuckDBPyConnection,
    gates: Iterable[tuple[list[Line], Mapping[str | None, GateRows]]],
) -> dict[str, Any]:
    """How many expectations of all gates passed; each choice of rows is fetched on its own.

    Only columns that lines look at are fetched.
    """
    passed = failed = 0
    with great_expectations() as gx:
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        source = context.data_sources.add_pandas("frames")
        for number, (lines, rows) in enumerate(gates):
            for choice, looked_at in rows.items():
                mine = [line for line in lines if line.expectation.rows == choice]
                columns = dict.fromkeys(
                    name for line in mine for name in (line.columns or ("as_of_date",))
                )
                if not mine:
                    continue
                names = ", ".join(f'"{one}"' for one in columns)
                frame = con.execute(f"select {names} from ({looked_at.sql})").df()
                if frame.empty:
                    continue
                suite = gx.ExpectationSuite(
                    name=f"gate {number} {choice}",
                    expectations=in_great_expectations(mine, frame),
                )
                asset = source.add_dataframe_asset(f"rows {number} {choice}")
                batch = asset.add_batch_definition_whole_dataframe("all")
                found = batch.get_batch(batch_parameters={"dataframe": frame}).validate(
                    suite, result_format="BOOLEAN_ONLY"
                )
                passed += sum(bool(one.success) for one in found.results)
                failed += sum(not one.success for one in found.results)
    return {"passed": passed, "failed": failed}
