"""NaN and infinite dates are unknown; infinite numbers and impossible dates are refused."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest
from made import make_spec
from stores import make_stores

from foretell.errors import DataError
from foretell.features.kept import ValueChange, differences
from foretell.ground.names import MATURES_AT, RULE
from foretell.request import Request, read_request
from foretell.spec import PredictionSpec
from foretell.staging.stage import stage
from foretell.staging.staged import Staged
from foretell.validation.history import history_of
from foretell.validation.learned import Learned
from foretell.validation.relearn import relearn
from foretell.warehouse.duckdb import DuckDBWarehouse

ROW = {
    "member_id": "n",
    "as_of_date": "date '2025-05-05' + cast(n // 50 * 7 as integer)",
    "pace": "n::double",
    "grade": "n::float",
    "joined": "date '2024-01-01'",
    "never_used": "1.0::double",
    "has_quit": "n % 2 = 0",
}


def request(sql: str) -> Request:
    place = {"database": "memory", "schema": "main"}
    empty = dict.fromkeys(("description", "invocation_id", "suite", "modules", "logs"), "")
    asked = {"train": False, "full_refresh": False, "reset": False, "gates": True}
    return read_request(
        json.dumps(
            empty
            | asked
            | {"prediction": "pred", "declared": {}, "views": [], "today": "2025-08-01"}
            | {"file": "models/pred.yml", "sql": sql, "train_seconds": "600", "column_tags": {}}
            | {"relation": place | {"name": "pred"}, "stores": place, "champion_from": None}
        )
    )


class Base:
    """A database with 200 rows of a training query, some columns changed."""

    def __init__(self, **changed: str) -> None:
        self.con = duckdb.connect()
        self.warehouse = DuckDBWarehouse(self.con)
        columns = ", ".join(f"{sql} as {name}" for name, sql in (ROW | changed).items())
        self.request = request(f"select {columns} from range(200) as numbers(n)")

    def stage(self, **spec: Any) -> Staged:
        made: PredictionSpec = make_spec(never_use={"columns": ["never_used"]}, **spec)
        return stage(self.request, made, self.warehouse)

    def unknown(self, column: str) -> int:
        sql = f"select count(*) from {self.request.staged} where {column} is null"
        return int(self.warehouse.rows(sql)[0][0])


NAN = "case when n % 4 = 0 then 'nan'::double else n end"


@pytest.mark.parametrize(
    ("column", "sql"),
    [
        ("pace", f"{NAN}::double"),
        ("grade", f"({NAN})::float"),
        ("never_used", f"{NAN}::double"),
        ("joined", "case when n % 4 = 0 then date 'infinity' else date '2024-01-01' end"),
        ("joined", "case when n % 4 = 0 then '-infinity'::timestamptz else now() end"),
    ],
)  # fmt: skip
def test_what_is_no_value_is_unknown(column: str, sql: str) -> None:
    base = Base(**{column: sql})
    staged = base.stage()
    assert base.unknown(column) == 50
    history = history_of(staged, base.warehouse, rows=staged.labelled)
    if column in staged.kinds:
        assert sum(one.nulls for one in history.columns[column]) == 50


def test_outcomes_that_are_no_number_are_unknown() -> None:
    base = Base(has_quit=NAN)
    staged = base.stage(task="regression")
    ((known,),) = base.warehouse.rows(f"select count(*) from ({staged.labelled}) as labelled")
    assert known == 150


def test_gates_count_rows_whose_outcome_stays_unknown() -> None:
    """New rows are counted before any has an outcome, and compared with these."""
    base = Base(has_quit=NAN)
    staged = base.stage(task="regression")
    found = relearn(base.request, staged, Learned(), base.warehouse, new_version=1, champion=None)
    said = {
        one.expectation.description for one in found if "table_row_count" in one.expectation.type
    }
    assert said == {"Rows as of the newest date: 50 to 50 on 4 as-of dates"}


def test_what_never_matures_is_never_known() -> None:
    ends = "case n % 4 when 0 then date 'infinity' when 1 then date '9999-12-31' else date '2025-07-01' end"  # noqa: E501
    base = Base(ended=ends)
    base.stage(horizon=..., matures_at="ended", settle="2 days")
    assert base.unknown(MATURES_AT) == base.unknown("has_quit") == 100


def test_a_rule_sees_unknown_values_as_null() -> None:
    base = Base(pace=NAN)
    base.stage(baseline={"sql": "case when pace > 1e6 then 1 else never_used - 1 end"})
    ((highest,),) = base.warehouse.rows(f"select max({RULE}) from {base.request.staged}")
    assert highest == 0, "NaN is greater than all numbers in DuckDB"
    base.stage(baseline={"sql": "0 * ln(never_used) / (never_used - 1)"})
    assert base.unknown(RULE) == 200


@pytest.mark.parametrize(
    ("changed", "spec", "said"),
    [
        ({"pace": "1 / (n % 2)::double"}, {}, "Feature pace of pred is infinite in 100 rows"),
        ({"pace": "-1.7e308::double"}, {}, "Feature pace of pred is infinite in 200 rows"),
        ({"grade": "3e38::float"}, {}, "beyond 1e+30 counts as infinite"),
        ({"has_quit": "1 / (n % 2)::double"}, {"task": "regression"}, "Label has_quit of pred is"),
        (
            {"never_used": "(n > 0)::double"},
            {"baseline": {"sql": "(pace + 1) / never_used"}},
            "models/pred.yml: baseline.sql of pred is infinite in 1 rows",
        ),
        (
            {"never_used": "(n > 0)::double"},
            {"baseline": {"sql": "(pace + 1) / never_used"}, "task": "regression",
             "label": "grade"},
            "nullif(divisor, 0)",
        ),
        ({"has_quit": "5_000_000_000 * (n % 2)"}, {}, "100 values other than 0 and 1"),
        ({"has_quit": "170141183460469231731687303715884105727 * (n % 2)"}, {}, "100 values other"),
        ({"joined": "date '12024-01-01'"}, {}, "Feature joined of pred lies outside the years"),
        ({"joined": "timestamp '12024-01-01'"}, {}, "Feature joined of pred lies outside"),
        ({"as_of_date": "date '20250-01-01'"}, {}, "The as-of time as_of_date of pred lies"),
        ({"as_of_date": "date 'infinity'"}, {}, "200 rows without as_of_date"),
        ({"member_id": NAN}, {}, "50 rows without member_id"),
    ],
)  # fmt: skip
def test_what_cannot_be_computed_with_is_refused_in_one_sentence(
    changed: dict[str, str], spec: dict[str, Any], said: str
) -> None:
    with pytest.raises(DataError) as refused:
        Base(**changed).stage(**spec)
    assert said in str(refused.value)


def test_features_of_all_types_of_dates_can_be_staged() -> None:
    for kind in ("timestamp_s", "timestamp_ms", "timestamp_ns", "timestamptz"):
        base = Base(joined=f"cast('2024-01-01' as {kind})")
        base.stage()
        assert base.unknown("joined") == 0


def pace_since(base: Base, kept: str) -> ValueChange:
    """How the pace of all rows has changed, had a run kept this when it scored them."""
    staged = base.stage()
    rows = f"select * replace ({kept} as pace) from {staged.relation}"
    base.warehouse.stage(
        base.request.kept, f"select *, 1 as foretell_version, 'run' as foretell_run from ({rows})"
    )
    make_stores(base.warehouse, base.request.stores)
    base.warehouse.append(
        base.request.store("runs"),
        [{"run_id": "run", "prediction": "pred", "status": "published"}],
    )
    (pace,) = differences(base.request, staged, base.warehouse, ["pace"], version=1)
    return pace


def test_what_was_kept_as_nan_is_no_change() -> None:
    pace = pace_since(Base(pace=NAN), "coalesce(pace, 'nan'::double)")
    assert (pace.rows, pace.differ, pace.values) == (200, 0, 150)


@pytest.mark.parametrize(
    ("pace", "kept", "differ"),
    [(NAN, "coalesce(pace, 7)", 50), ("n", "nullif(pace, 7)", 1)],
    ids=["went", "came"],
)
def test_a_value_that_went_or_came_is_a_change(pace: str, kept: str, differ: int) -> None:
    found = pace_since(Base(pace=f"({pace})::double"), kept)
    assert (found.rows, found.differ) == (200, differ)
