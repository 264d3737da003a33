"""Both gates of a small prediction: what stops a run, what only warns, and what is set aside."""

from __future__ import annotations

from contextlib import suppress
from shutil import copy
from typing import TYPE_CHECKING, Any

import pytest
from small import SPEC as SMALL_SPEC
from small import Small

from foretell.errors import GateError, RegistryError, SpecError
from foretell.run.judge import judge
from foretell.run.trail import Run, end_unpublished

if TYPE_CHECKING:
    from pathlib import Path

MEMBERS = 60
MADE = """
create table made as
select
    member_id,
    as_of_date,
    (member_id * 7 + month(as_of_date) * 5) % 11 as visits,
    case when member_id % 2 = 0 then 'north' else 'south' end as region,
    visits + (member_id * 13 + month(as_of_date)) % 4 < 5 as has_quit
from range(60) as members (member_id)
cross join (
    select
        cast(unnest(generate_series(date '2025-01-01', date '2025-12-01', interval 1 month))
            as date) as as_of_date
) as dates
"""
SPEC = SMALL_SPEC | {"candidates": ["logistic"], "retrain": {"any": {"age": "2000 days"}}}


class Gated(Small):
    """A small prediction of a table, whose suite a test may write."""

    def write(self, suite: str) -> None:
        (self.file.parent / "pred.yml").write_text(suite, encoding="utf-8")

    def request(self, invocation_id: str, today: str, **asked: Any) -> Any:
        sql = f"select * from made where as_of_date <= date '{today}'"
        return super().request(invocation_id, today, **{"declared": SPEC, "sql": sql} | asked)

    def refused(self, invocation_id: str, today: str) -> str:
        """What a run says that stops at a gate; it is put on record as dbt's node does."""
        run = Run(self.request(invocation_id, today), self.warehouse, lambda _: None)
        with pytest.raises(GateError) as stopped:
            judge(run)
        end_unpublished(run, status="refused", message=str(stopped.value))
        return " ".join(str(stopped.value).split())

    def results(self, run_id: str, *, said_by: str = "written") -> list[tuple[Any, ...]]:
        store = self.request("", "2025-12-01").store("validation_results")
        return self.warehouse.rows(
            f"select stage, expectation, status, observed, severity from {store} "
            f"where run_id = '{run_id}.pred' and said_by = '{said_by}' order by all"
        )

    def run(self, run_id: str) -> tuple[Any, ...]:
        store = self.request("", "2025-12-01").store("runs")
        (found,) = self.warehouse.rows(
            "select status, input_gate, output_gate, scored, quarantined, warnings "
            f"from {store} where run_id = '{run_id}.pred'"
        )
        return found


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file in which the first build has trained, and its gates have learned."""
    file = tmp_path_factory.mktemp("gated") / "small.duckdb"
    small = Gated(file, is_new=True)
    small.warehouse.execute(MADE)
    assert small.build("one", "2025-07-10").message.startswith("v1 champion (logistic), ")
    small.close()
    return file


@pytest.fixture
def small(built: Path, tmp_path: Path) -> Gated:
    return Gated(copy(built, tmp_path / "small.duckdb"))


def test_what_was_learned_stops_a_fault_that_nobody_foresaw(small: Gated) -> None:
    before = small.readers()
    small.warehouse.execute(
        "update made set visits = visits * 1000 where as_of_date = '2025-08-01'"
    )
    said = small.refused("two", "2025-08-10")
    found = small.results("two", said_by="learned")
    failed = [one for one in found if one[2] != "pass" and one[4] == "critical"]
    assert f"pred stopped at its input gate, {len(failed)} of " in said
    assert "The last good predictions stay. If the data are right, let the gate learn them" in said
    assert "visits" in said
    assert small.run("two") == ("refused", "fail", None, 0, 0, small.run("two")[-1])
    after = small.readers()
    assert after["predictions"] == before["predictions"]
    assert small.leftovers() == []
    store = small.request("", "2025-12-01").store("model_events")
    events = small.warehouse.rows(
        f"select event, version, message from {store} where event = 'gate failed'"
    )
    assert [one[:2] for one in events] == [("gate failed", 1)]
    assert " ".join(events[0][2].split()) == said


def test_honest_new_rows_pass_what_was_learned(small: Gated) -> None:
    small.build("two", "2025-08-10")
    assert small.run("two") == ("published", "pass", "pass", MEMBERS, 0, 0)
    found = small.results("two", said_by="learned")
    assert len(found) > 5
    assert {one[2] for one in found} == {"pass"}


FAILING = """
  - type: expect_column_max_to_be_between
    kwargs: {{column: visits, max_value: {most}}}
    severity: {severity}
    description: Nobody comes more than {most} times
"""


def test_of_many_failures_three_are_told_and_the_others_counted(small: Gated) -> None:
    lines = [FAILING.format(most=most, severity="critical") for most in (1, 2, 3, 4)]
    small.write("input:" + "".join(lines) + FAILING.format(most=99, severity="critical"))
    said = small.refused("two", "2025-08-10")
    assert "input gate, 4 of " in said
    assert "; and 1 more. The last good" in said
    for most in (1, 2, 3):
        assert f"Nobody comes more than {most} times; found 10" in said
    assert "more than 4 times" not in said
    assert "foretell accept" not in said, "what a person wrote is not learned anew"
    small.write("input:" + "".join(lines[:3]))
    assert "more. The last" not in small.refused("three", "2025-08-10")


def test_what_is_no_more_than_a_warning_is_counted(small: Gated) -> None:
    small.write("input:" + FAILING.format(most=3, severity="warning"))
    message = small.build("two", "2025-08-10").message
    assert message.endswith("scored 60, 1 warning")
    assert small.run("two") == ("published", "warn", "pass", MEMBERS, 0, 1)
    small.write("input:" + "".join(FAILING.format(most=m, severity="warning") for m in (2, 3)))
    assert small.build("three", "2025-09-10").message.endswith(", 2 warnings")
    small.write("input:" + FAILING.format(most=3, severity="info"))
    assert "warning" not in small.build("four", "2025-10-10").message


def test_the_output_gate_judges_scores_that_nobody_has_seen(small: Gated) -> None:
    before = small.readers()
    small.write(
        "output:\n  - type: expect_column_max_to_be_between\n"
        "    kwargs: {column: score, max_value: 0.0001}\n"
    )
    said = small.refused("two", "2025-08-10")
    assert "pred stopped at its output gate, 1 of " in said
    assert small.run("two")[:3] == ("refused", "pass", "fail")
    assert small.leftovers() == []
    assert small.readers()["predictions"] == before["predictions"]


SET_ASIDE = """
max_quarantined: {most}
input:
  - type: expect_column_values_to_be_between
    kwargs: {{column: visits, max_value: 8}}
    on_failure: quarantine
"""


def test_rows_that_fail_may_be_set_aside(small: Gated) -> None:
    small.write(SET_ASIDE.format(most=0.5))
    ((odd,),) = small.warehouse.rows(
        "select count(*) from made where as_of_date = '2025-08-01' and visits > 8"
    )
    message = small.build("two", "2025-08-10").message
    request = small.request("two", "2025-08-10")
    ((new,),) = small.warehouse.rows(f"select count(*) from {request.quarantine}")
    assert new >= odd > 0
    assert f"scored {MEMBERS - odd}, {new} set aside" in message
    found = small.warehouse.rows(
        "select count(*) filter (where cast(visits as integer) <= 8), min(foretell_run_id), "
        f"min(foretell_today) from {request.quarantine}"
    )
    assert found[0][:2] == (0, "two.pred")
    assert str(found[0][2]) == "2025-08-10"
    (result,) = small.results("two")
    assert result[:3] == ("input", "expect_column_values_to_be_between", "fail")
    assert result[3].startswith(f"{new} of ")
    assert result[3].endswith("rows, set aside")
    total = int(result[3].split(" of ")[1].split()[0])
    ((percent, keys),) = small.warehouse.rows(
        f"select unexpected_percent, sample_keys from {request.store('validation_results')} "
        "where run_id = 'two.pred' and said_by = 'written'"
    )
    assert percent == pytest.approx(100 * new / total)
    first, *_ = small.warehouse.rows(
        f"select member_id from {request.quarantine} order by cast(member_id as integer)"
    )
    assert keys.startswith(f"member_id {first[0]}, as_of_date ")
    scored = small.warehouse.rows(
        f"select count(*) from {request.history} as h join made using (member_id, as_of_date) "
        "where run_id = 'two.pred' and visits > 8"
    )
    assert scored == [(0,)]


def test_too_many_set_aside_stop_the_run(small: Gated) -> None:
    small.write(SET_ASIDE.format(most=0.01))
    said = small.refused("two", "2025-08-10")
    assert "set aside" in said
    assert small.run("two")[0] == "refused"


def test_a_line_about_some_rows_sets_none_aside(small: Gated) -> None:
    small.write(
        SET_ASIDE.format(most=1).replace(
            "max_value: 8}",
            "max_value: 2, condition_parser: great_expectations, "
            "row_condition: 'col(\"visits\") < 3'}",
        )
    )
    with pytest.raises(SpecError, match="looks at every row, and this line has a `row_condition`"):
        small.build("two", "2025-08-10")


@pytest.mark.parametrize(
    ("rows", "is_stopped"),
    [("newest", False), ("newest 20 days", False), ("newest 40 days", True), ("matured", True)],
)
def test_a_line_looks_at_the_rows_that_it_names(small: Gated, rows: str, is_stopped: bool) -> None:
    """In July, whose outcomes have become known in August, somebody came 50 times."""
    small.write(
        "input:\n  - type: expect_column_max_to_be_between\n"
        f"    kwargs: {{column: visits, max_value: 20}}\n    rows: {rows}\n"
    )
    small.warehouse.execute(
        "update made set visits = 50 where as_of_date = '2025-07-01' and member_id = 3"
    )
    run = Run(small.request("two", "2025-08-10"), small.warehouse, lambda _: None)
    with suppress(GateError):
        judge(run)
    assert run.gates is not None
    (found,) = [one for one in run.gates.results if one.line.origin == "written"]
    assert found.status == ("fail" if is_stopped else "pass")


def test_a_line_about_rows_that_there_are_not_is_refused(small: Gated) -> None:
    small.write(
        "input:\n  - type: expect_column_max_to_be_between\n"
        "    kwargs: {column: visits, max_value: 20}\n    rows: oldest\n"
    )
    run = Run(small.request("two", "2025-08-10"), small.warehouse, lambda _: None)
    with pytest.raises(SpecError, match=r"`rows: oldest` is no choice of rows; it may be \[newest"):
        judge(run)


def test_gates_learn_again_when_a_fifth_of_the_dates_are_new(small: Gated) -> None:
    store = small.request("", "2025-12-01").store("learned_expectations")

    def lessons() -> list[tuple[Any, ...]]:
        return small.warehouse.rows(
            f"select distinct run_id, model_version, why from {store} order by all"
        )

    first = ("one.pred", 1, "a new version")
    assert lessons() == [first]
    small.build("two", "2025-09-10")
    assert lessons() == [first], "of eight dates one is new"
    small.build("three", "2025-10-10")
    assert lessons() == [first, ("three.pred", 1, "more outcomes are known")], "two of nine are"
    small.build("four", "2025-11-10")
    assert len(lessons()) == 2


def test_the_time_of_the_lines_is_part_of_that_of_the_run(small: Gated) -> None:
    small.write(SET_ASIDE.format(most=0.5))
    small.build("two", "2025-08-10")
    request = small.request("", "2025-12-01")
    ((lines, least),) = small.warehouse.rows(
        f"select sum(seconds), min(seconds) from {request.store('validation_results')} "
        "where run_id = 'two.pred'"
    )
    ((whole,),) = small.warehouse.rows(
        f"select seconds from {request.store('runs')} where run_id = 'two.pred'"
    )
    assert least >= 0
    assert lines <= whole


@pytest.mark.parametrize(
    "forged",
    [
        "expectation = 'expect_column_to_exist'",
        """kwargs = '{"column": "visits", "max_value": {"not": "plain"}}'""",
    ],
)
def test_a_line_that_gates_never_learn_is_not_used(small: Gated, forged: str) -> None:
    store = small.request("", "2025-12-01").store("learned_expectations")
    small.warehouse.execute(f"update {store} set {forged} where position = 0")
    run = Run(small.request("two", "2025-08-10"), small.warehouse, lambda _: None)
    with pytest.raises(RegistryError, match="that gates never learn"):
        judge(run)
