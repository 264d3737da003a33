"""What an analyst may declare, and what each mistake is answered with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from foretell.errors import SpecError
from foretell.spec import NOT_YET, PredictionSpec, parse_duration, read_spec

DECLARED: dict[str, Any] = {
    "task": "binary",
    "entity": "member_id",
    "as_of": "as_of_date",
    "label": "has_quit",
    "horizon": "30 days",
}


def read(**changes: Any) -> PredictionSpec:
    declared = {key: value for key, value in (DECLARED | changes).items() if value is not ...}
    return read_spec(declared, prediction="pred_member__quits_30d", file="models/gym.yml")


def refusal(**changes: Any) -> str:
    with pytest.raises(SpecError) as refused:
        read(**changes)
    said = str(refused.value)
    assert said.startswith("models/gym.yml: config.meta.prediction of pred_member__quits_30d")
    return said


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("28 days", timedelta(days=28)),
        ("1 day", timedelta(days=1)),
        ("2 weeks", timedelta(days=14)),
        ("12 hours", timedelta(hours=12)),
        (" 0 days ", timedelta(0)),
    ],
)
def test_durations_are_a_number_and_a_unit(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    "text", ["28", "days", "28 months", "-1 days", "1.5 days", "28 days ago", 28]
)
def test_other_lengths_are_refused_with_what_is_allowed(text: object) -> None:
    with pytest.raises(ValueError, match="write a number and hours, days or weeks"):
        parse_duration(text)


def test_the_short_spec_has_defaults() -> None:
    spec = read()
    assert spec.horizon == timedelta(days=30)
    assert spec.settle == timedelta(0)
    assert spec.candidates == "auto"
    assert spec.reasons == 3
    assert spec.value.capacity is None


def test_a_spec_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read().reasons = 5  # type: ignore[misc]


def test_an_unknown_key_is_named_with_the_known_ones() -> None:
    said = refusal(horizn="30 days")
    assert "unknown key `horizn`" in said
    for key in PredictionSpec.model_fields:
        assert key in said


def test_an_unknown_key_inside_a_part_is_named_with_those_of_the_part() -> None:
    said = refusal(value={"capactiy": 5})
    assert "unknown key `value.capactiy`; known keys are: capacity" in said


@pytest.mark.parametrize("key", ["task", "entity", "as_of", "label"])
def test_each_missing_key_is_named(key: str) -> None:
    assert f"`{key}` is missing" in refusal(**{key: ...})


def test_no_declaration_at_all_says_what_to_declare() -> None:
    with pytest.raises(SpecError, match="declares at least task, entity, as_of, label"):
        read_spec(None, prediction="pred_x", file="models/x.yml")


@pytest.mark.parametrize("task", ["multiclass", "regression", "forecast"])
def test_tasks_that_follow_later_are_refused(task: str) -> None:
    assert f"`task: {task}` is not built yet; this version knows: binary" in refusal(task=task)


def test_an_unknown_task_is_refused() -> None:
    said = refusal(task="guess")
    assert "`task`" in said
    assert "binary" in said
    assert "guess" in said


@pytest.mark.parametrize("key", sorted(NOT_YET))
def test_keys_that_are_not_acted_on_yet_are_refused_by_name(key: str) -> None:
    outer, _, inner = key.partition(".")
    assert f"`{key}` is not acted on yet" in refusal(**{outer: {inner: 1} if inner else {}})


@pytest.mark.parametrize(
    "changes", [{"horizon": ...}, {"matures_at": "ends_at"}], ids=["neither", "both"]
)
def test_there_is_one_way_to_mature(changes: dict[str, Any]) -> None:
    assert "either `horizon`" in refusal(**changes)


def test_a_rule_needs_its_sql() -> None:
    assert "candidate `rule` needs `baseline: {sql: ...}`" in refusal(candidates=["rule"])
    assert read(candidates=["rule"], baseline={"sql": "days"}).candidates == ("rule",)


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"reasons": 11}, "`reasons`: Input should be less than or equal to 10 (found 11)"),
        ({"value": {"capacity": 0}}, "`value.capacity`"),
        ({"value": {"capacity": "20"}}, "`value.capacity`"),
        ({"promote": {"min_gain": -0.1}}, "`promote.min_gain`"),
        ({"metric": "accuracy"}, "'log_loss', 'brier', 'roc_auc' or 'average_precision'"),
        ({"horizon": "a month"}, "`horizon`: 'a month' is no length of time"),
    ],
)
def test_wrong_values_are_named_with_what_was_found(changes: dict[str, Any], phrase: str) -> None:
    assert phrase in refusal(**changes)


def test_every_problem_is_told_at_once() -> None:
    said = refusal(entity=..., horizn=1)
    assert "`entity` is missing" in said
    assert "`horizn`" in said
