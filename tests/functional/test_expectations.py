"""Every expectation type on both warehouses, through Great Expectations, over one hostile table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from foretell.ground.relation import quoted
from foretell.validation.gate import GateRows, run_gate
from foretell.validation.gx import (
    failing_condition,
    great_expectations,
    implementation,
    make_expectation,
    open_batch,
    use_custom,
)
from foretell.validation.sayable import _INSTEAD
from foretell.validation.suite import Expectation, Line
from foretell.warehouse.duckdb import DuckDBWarehouse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from foretell.validation.results import Result
    from foretell.warehouse.protocol import Warehouse
    from postgres_server import Server

TYPES = {
    "Key": "bigint",
    "name": "varchar(40)",
    "day": "date",
    "at": "timestamp",
    "seen_at": "timestamp with time zone",
    "amount": "numeric(10,2)",
    "select": "double precision",
    'Quoted "name"': "double precision",
    "share %": "double precision",
    "visits": "integer",
    "is_member": "boolean",
    "score": "double precision",
    "has_quit": "boolean",
    "until": "timestamp",
}
FIRST = 1234567890123456789
ROWS: list[tuple[Any, ...]] = [
    (FIRST, "o'clock", "2024-02-29", "2024-02-29 23:59:59", "2024-02-29 23:30:00+00",
     "-12.50", "NaN", "1.5", "0.1", -3, True, "0.9", True, "infinity"),
    (FIRST + 1, 'say "so"', "2024-12-31", "2024-12-31 00:00:00", "2024-12-31 20:00:00-05",
     "0.00", "infinity", "-1.5", "0.2", 0, False, "0.9", False, None),
    (FIRST + 2, "Élan", "2025-01-31", "2025-01-31 12:00:00", "2025-01-31 12:00:00+00",
     "99999999.99", "-infinity", "NaN", "0.3", 7, None, "0.1", False, "-infinity"),
    (FIRST + 3, "élan", "2025-01-31", "2025-01-31 12:00:00", None,
     "12.50", "2.5", "2", None, 7, True, "NaN", True, None),
    (FIRST + 4, "100 %", None, None, "2025-02-28 23:59:59.999999+01",
     None, None, None, "0.4", None, True, None, None, None),
    (FIRST + 4, "Zoë", "2025-02-28", "2025-02-28 08:00:00", "2025-03-01 00:00:00+00",
     "7.25", "2.5", "3", "0.5", 2147483647, False, "0.1", None, None),
    (None, None, "2025-02-28", "2025-02-28 08:00:00", None,
     "7.25", "1e300", "3", "0.5", -3, False, "0.4", False, None),
    (None, "back\\slash:x", "2025-03-01", "2025-03-01 08:00:00", None,
     "-7.25", "1e-300", "4", "0.5", 1, True, "0.4", True, None),
]  # fmt: skip

ROWS_LOOKED_AT = GateRows(
    "select * from hostile", {name: kind.upper() for name, kind in TYPES.items()}, ("Key", "name")
)
NUMBERS = ("Key", "amount", "select", 'Quoted "name"', "share %", "visits", "score")
#: Without infinite numbers, of which DuckDB has no spread, and keys, of which a double has none.
FINITE = ("amount", "share %", "visits")
TIMES = ("day", "at", "seen_at", "until")
#: A project's own type.
CUSTOM = """
from great_expectations.expectations import UnexpectedRowsExpectation


class ExpectNoClocksNorLargeShares(UnexpectedRowsExpectation):
    unexpected_rows_query: str = (
        '''select * from {batch} where name like '%\'\'%' or "share %" > 0.45'''
    )
"""
#: Some values of each kind of column.
VALUES: dict[str, list[Any]] = {
    "Key": [FIRST, FIRST + 4],
    "name": ["o'clock", 'say "so"', "100 %", "élan", "back\\slash"],
    "day": ["2025-01-31"],
    "at": ["2025-01-31 12:00:00"],
    "seen_at": ["2025-01-31 13:00:00+01"],
    "amount": [12.5],
    "select": [2.5],
    "share %": [0.1, 0.5],
    "visits": [7],
    "is_member": [True],
}
LOWEST = {"name": "b", **dict.fromkeys(TIMES, "2025-02-01")}
REFERENCE = {"shares": [0.2, 0.3, 0.4, 0.1]}
#: Lines of which few hold, so that there are rows to name: the type without ``expect_``, kwargs.
ASKED: list[tuple[str, dict[str, Any]]] = [
    *(
        (kind, {"column": name, **kwargs})
        for name in TYPES
        for kind, kwargs in (
            ("column_values_to_not_be_null", {}),
            ("column_unique_value_count_to_be_between", {"max_value": 2}),
            ("column_proportion_of_non_null_values_to_be_between", {"min_value": 1}),
        )
    ),
    *(
        (kind, {"column": name, **kwargs})
        for name in ("Key", "name", "day", "amount", "is_member")
        for kind, kwargs in (
            ("column_values_to_be_null", {}),
            ("column_proportion_of_unique_values_to_be_between", {"max_value": 0.2}),
            (
                "psi_below",
                {"max_value": 0, "reference": {"categories": ["anna", "true"], **REFERENCE}},
            ),
        )
    ),
    ("column_to_exist", {"column": "KEY"}),
    *(("key_to_be_unique", {"column_list": [name, "VISITS"]}) for name in TYPES),
    # Great Expectations cannot read its own condition where a name has quotes.
    *(("column_values_to_be_unique", {"column": name}) for name in TYPES if '"' not in name),
    *(
        (kind, {"column": name, **kwargs})
        for name in NUMBERS
        for kind, kwargs in (
            ("column_mean_to_be_between", {"max_value": -1e9}),
            ("column_sum_to_be_between", {"max_value": -1e99}),
            ("column_median_to_be_between", {"max_value": -1e9}),
            ("column_max_to_be_between", {"max_value": -1e9}),
            ("column_min_to_be_between", {"min_value": 1e9}),
            ("column_values_to_be_between", {"min_value": 2}),
        )
    ),
    *(
        (kind, {"column": name, **kwargs})
        for name in FINITE
        for kind, kwargs in (
            ("column_stdev_to_be_between", {"max_value": 0}),
            ("column_value_z_scores_to_be_less_than", {"threshold": 1, "double_sided": True}),
        )
    ),
    *(
        (kind, {"column": name, **kwargs})
        for name in ('Quoted "name"', "amount", "share %", "score", "is_member")
        for kind, kwargs in (
            ("column_quantile_between", {"quantile": 0.5, "max_value": -1e9}),
            ("column_quantile_between", {"quantile": 1, "max_value": -1e9}),
            ("mean_score_between", {"max_value": -1e9}),
            ("score_shift_below", {"max_value": 0, "previous": 0.5}),
            ("no_missing_predictions", {"expected": 3}),
            ("psi_below", {"max_value": 0, "reference": {"edges": [0.0, 2.0], **REFERENCE}}),
            ("psi_below", {"max_value": 0, "reference": {"edges": [], "shares": [0.5, 0.5]}}),
        )
    ),
    *(
        (kind, {**kwargs, "label": name})
        for name in ("HAS_QUIT", "is_member", "visits")
        for kind, kwargs in (
            ("positive_rate_between", {"max_value": 0}),
            ("calibration_error_below", {"max_value": 0}),
            (
                "calibration_error_below",
                {
                    "max_value": 0,
                    "row_condition": 'col("visits").notNull()',
                    "condition_parser": "great_expectations",
                },
            ),
        )
    ),
    *(
        (kind, {"column": name, **kwargs})
        for name in TIMES
        for kind, kwargs in (
            ("freshness_within", {"days": 1, "today": "2025-03-02"}),
            ("column_max_to_be_between", {"min_value": "2026-01-01"}),
            ("column_min_to_be_between", {"max_value": "1926-01-01"}),
            ("column_values_to_be_between", {"min_value": "2025-02-01"}),
        )
    ),
    *(
        (kind, {"column": name, "value_set": values})
        for name, values in VALUES.items()
        for kind in (
            "column_values_to_be_in_set",
            "column_values_to_not_be_in_set",
            "column_distinct_values_to_be_in_set",
            "column_distinct_values_to_contain_set",
            "column_distinct_values_to_equal_set",
        )
    ),
    *(
        (f"column_values_to_{kind}", {"column": "name", **kwargs})
        for kind, kwargs in (
            ("match_regex", {"regex": r"^[A-Za-z]+$|\d+ %$"}),
            ("match_regex", {"regex": "'|:x"}),
            ("not_match_regex", {"regex": r"\\|\d+ %"}),
            ("match_regex_list", {"regex_list": ["^a", "%"]}),
            ("match_regex_list", {"regex_list": ["^a", "n{2}"], "match_on": "all"}),
            ("not_match_regex_list", {"regex_list": ["^a", "%"]}),
            ("match_like_pattern", {"like_pattern": "%l%"}),
            ("match_like_pattern", {"like_pattern": "%!%%", "escape": "!"}),
            ("not_match_like_pattern", {"like_pattern": '%"%'}),
            ("match_like_pattern_list", {"like_pattern_list": ["a%", "%'%"]}),
            ("not_match_like_pattern_list", {"like_pattern_list": ["a%", "%!%"], "escape": "!"}),
        )
    ),
    ("column_values_to_match_regex", {"column": "visits", "regex": "^[1-7]$"}),
    ("column_values_to_match_regex", {"column": "is_member", "regex": "^t"}),
    ("column_values_to_be_in_set", {"column": "NAME", "value_set": ["anna"]}),
    ("column_value_lengths_to_be_between", {"column": "name", "max_value": 4}),
    ("column_value_lengths_to_equal", {"column": "name", "value": 4}),
    ("column_most_common_value_to_be_in_set", {"column": "visits", "value_set": [0]}),
    ("column_most_common_value_to_be_in_set", {"column": "day", "value_set": ["2025-01-01"]}),
    (
        "column_quantile_values_to_be_between",
        {
            "column": "share %",
            "quantile_ranges": {"quantiles": [0.25, 0.5], "value_ranges": [[0, 0], [0, 0]]},
        },
    ),
    (
        "column_values_to_be_between",
        {
            "column": "visits",
            "min_value": 2,
            "row_condition": 'col("is_member").notNull()',
            "condition_parser": "great_expectations",
        },
    ),
    ("column_pair_values_to_be_equal", {"column_A": "share %", "column_B": "score"}),
    (
        "column_pair_values_a_to_be_greater_than_b",
        {"column_A": "share %", "column_B": "score", "or_equal": True},
    ),
    ("column_pair_values_a_to_be_greater_than_b", {"column_A": "day", "column_B": "at"}),
    (
        "column_pair_values_to_be_in_set",
        {"column_A": "is_member", "column_B": "visits", "value_pairs_set": [[True, 7]]},
    ),
    ("select_column_values_to_be_unique_within_record", {"column_list": ["share %", "score"]}),
    ("compound_columns_to_be_unique", {"column_list": ["day", "amount"]}),
    ("multicolumn_sum_to_equal", {"column_list": ["share %", "score"], "sum_total": 1}),
    ("multicolumn_values_to_be_equal", {"column_list": ["share %", "score"]}),
    ("key_to_be_unique", {"column_list": ["name"]}),
    ("key_to_be_unique", {"column_list": ["DAY", "KEY"]}),
    ("no_clocks_nor_large_shares", {}),
    (
        "column_kl_divergence_to_be_less_than",
        {
            "column": "visits",
            "threshold": 0,
            "partition_object": {"values": [-3, 0, 7], "weights": [0.5, 0.25, 0.25]},
        },
    ),
    ("table_row_count_to_be_between", {"max_value": 1}),
    ("table_row_count_to_equal", {"value": 1}),
    ("table_column_count_to_be_between", {"max_value": 1}),
    ("table_column_count_to_equal", {"value": 1}),
    ("table_columns_to_match_set", {"column_set": ["a"]}),
    ("table_columns_to_match_ordered_list", {"column_list": ["name", "Key"]}),
]
LINES = [(f"expect_{kind}", kwargs) for kind, kwargs in ASKED]
#: Great Expectations has no SQL of DuckDB's for it.
NOT_ON_BOTH = {"expect_column_values_to_not_be_outliers"}
OURS = ("foretell.", "great_expectations.")
#: Types that ask something of each row for itself, of which those that fail can be set aside.
SETS_ASIDE = {
    f"expect_column_values_to_{kind}"
    for kind in (
        *("not_be_null", "be_null", "be_between", "be_in_set", "not_be_in_set"),
        *("match_regex", "not_match_regex", "match_like_pattern", "not_match_like_pattern"),
    )
}


def created() -> str:
    def literal(name: str, value: Any) -> str:
        text = "null" if value is None else "'" + str(value).replace("'", "''") + "'"
        return f"cast({text} as {TYPES[name]}) as {quoted(name)}"

    selects = (
        f"select {', '.join(literal(name, value) for name, value in zip(TYPES, row, strict=True))}"
        for row in ROWS
    )
    return f"create table hostile as {' union all '.join(selects)}"


@pytest.fixture(scope="module")
def both(postgres_server: Server) -> Iterator[tuple[Warehouse, Warehouse]]:
    """The table on both warehouses."""
    from foretell.warehouse.postgres import PostgresWarehouse

    session = duckdb.connect()
    session.execute(created())
    postgres_server.make_database("hostile")
    handle = postgres_server.connect("hostile")
    with handle.cursor() as cursor:
        cursor.execute(created())
    yield DuckDBWarehouse(session), PostgresWarehouse(handle)
    handle.close()


@pytest.fixture(scope="module")
def results(
    both: tuple[Warehouse, Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[Result], list[Result]]:
    """What both say of all lines."""
    folder = tmp_path_factory.mktemp("custom")
    (folder / "clocks.py").write_text(CUSTOM)
    use_custom(folder)
    here, there = (
        run_gate(
            warehouse, [line(*asked) for asked in LINES], {None: ROWS_LOOKED_AT}, stage="input"
        )
        for warehouse in both
    )
    return here, there


def line(kind: str, kwargs: dict[str, Any]) -> Line:
    return Line(Expectation(type=kind, kwargs=kwargs), "default", "expectations/pred_x.yml:3")


def test_both_find_the_same(results: tuple[list[Result], list[Result]]) -> None:
    answers = list(zip(LINES, map(plain, results[0]), map(plain, results[1]), strict=True))
    assert [answer for answer in answers if answer[1] != answer[2]] == []
    assert [asked for asked, (status, *_), _ in answers if status == "error"] == []


def plain(result: Result) -> tuple[Any, ...]:
    """Status, observed value, share and rows, where a decimal's last zeros do not count."""
    keys = sorted(
        re.sub(r"(amount -?\d+\.\d*?)0+\b", r"\1", key).rstrip(".") for key in result.keys
    )
    return result.status, result.observed, result.unexpected_percent, keys


def test_each_type_that_has_sql_is_asked() -> None:
    with great_expectations():
        from great_expectations.expectations.registry import (
            list_registered_expectation_implementations,
        )

        registered = list_registered_expectation_implementations()
    types = {
        kind
        for kind in registered
        if kind.startswith("expect_") and implementation(kind).__module__.startswith(OURS)
    }
    assert types - {kind for kind, _ in LINES} == set(_INSTEAD) | NOT_ON_BOTH


def test_both_set_the_same_rows_aside(
    both: tuple[Warehouse, Warehouse], results: tuple[list[Result], list[Result]]
) -> None:
    lines = {
        at: line(kind, kwargs)
        for at, (kind, kwargs) in enumerate(LINES)
        if kind in SETS_ASIDE and "row_condition" not in kwargs
    }
    ours, theirs = (rows_aside(warehouse, lines) for warehouse in both)
    assert ours == theirs
    counts = {at: f"{len(rows)} of {len(ROWS)} rows" if rows else "" for at, rows in ours.items()}
    assert counts == {at: results[0][at].observed for at in lines}


def rows_aside(warehouse: Warehouse, lines: dict[int, Line]) -> dict[int, list[str]]:
    """Names of the rows that each line would set aside."""
    with open_batch(warehouse, ROWS_LOOKED_AT.sql, ROWS_LOOKED_AT.columns) as batch:
        conditions = {
            at: warehouse.dialect.fold(failing_condition(batch, one, make_expectation(one)))
            for at, one in lines.items()
        }
    return {
        at: sorted(
            str(name)
            for (name,) in warehouse.rows(
                f"select name from ({ROWS_LOOKED_AT.sql}) as looked_at "
                f"where coalesce({condition}, false)"
            )
        )
        for at, condition in conditions.items()
    }


def test_no_session_outlives_a_gate(
    results: tuple[list[Result], list[Result]], postgres_server: Server
) -> None:
    assert results
    sessions = postgres_server.query(
        "select state from pg_stat_activity where application_name = 'foretell' "
        "and datname = 'hostile'"
    )
    assert sessions == [("idle",)], "the warehouse's own is left, without a lock"
