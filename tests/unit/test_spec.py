"""What an analyst may declare, and what each mistake is answered with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from foretell.errors import SpecError
from foretell.spec import CANDIDATES, NOT_YET, PredictionSpec, parse_duration, read_spec

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


@pytest.mark.parametrize("text", ["5219 weeks", "999999999 days"])
def test_lengths_that_lead_beyond_the_calendar_are_refused(text: str) -> None:
    assert parse_duration("5217 weeks")
    with pytest.raises(ValueError, match="is longer than a hundred years"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("value", "true_positive", float("inf")),
        ("value", "false_positive", float("-inf")),
        ("promote", "max_loss", float("inf")),
        ("trust", "max_drop", float("nan")),
    ],
)
def test_what_is_no_number_is_refused(part: str, key: str, value: float) -> None:
    said = refusal(**{part: {"true_positive": 1, "false_positive": -1, key: value}
                      if part == "value" else {key: value}})  # fmt: skip
    assert f"`{part}.{key}`" in said
    assert "finite" in said or "greater" in said


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
    assert (
        "unknown key `value.capactiy`; known keys are: true_positive, false_positive, capacity"
        in said
    )


@pytest.mark.parametrize("key", ["task", "entity", "label"])
def test_each_missing_key_is_named(key: str) -> None:
    assert f"`{key}` is missing" in refusal(**{key: ...})


def test_no_declaration_at_all_says_what_to_declare() -> None:
    with pytest.raises(SpecError, match="declares at least task, entity, label, and as_of"):
        read_spec(None, prediction="pred_x", file="models/x.yml")


@pytest.mark.parametrize("task", ["forecast"])
def test_tasks_that_follow_later_are_refused(task: str) -> None:
    assert f"`task: {task}` is not built yet; this version knows: binary, multiclass" in refusal(
        task=task
    )


def test_an_unknown_task_is_refused() -> None:
    said = refusal(task="guess")
    assert "`task`" in said
    assert "binary" in said
    assert "guess" in said


@pytest.mark.parametrize("key", sorted(NOT_YET))
def test_keys_that_are_not_acted_on_yet_are_refused_by_name(key: str) -> None:
    outer, *inner = key.split(".")
    said: Any = 1
    for name in reversed(inner):
        said = {name: said}
    assert f"`{key}` is not acted on yet" in refusal(**{outer: said})


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
        (
            {"metric": "accuracy"},
            "none of task binary; it has log_loss, brier, roc_auc, average_precision",
        ),
        ({"horizon": "a month"}, "`horizon`: 'a month' is no length of time"),
    ],
)
def test_wrong_values_are_named_with_what_was_found(changes: dict[str, Any], phrase: str) -> None:
    assert phrase in refusal(**changes)


def test_every_problem_is_told_at_once() -> None:
    said = refusal(entity=..., horizn=1)
    assert "`entity` is missing" in said
    assert "`horizn`" in said


FLAT: dict[str, Any] = {"as_of": ..., "horizon": ...}


@pytest.mark.parametrize(
    ("said", "predicts", "metric"),
    [
        ({"task": "binary"}, None, "log_loss"),
        ({"task": "multiclass"}, None, "log_loss"),
        ({"task": "regression"}, "mean", "rmse"),
        ({"task": "regression", "predicts": "median"}, "median", "mae"),
        ({"task": "regression", "predicts": "count"}, "count", "rmse"),
        ({"task": "regression", "metric": "mae"}, "median", "mae"),
        ({"task": "regression", "metric": "rmse"}, "mean", "rmse"),
    ],
)
def test_each_task_has_defaults_that_fit(
    said: dict[str, Any], predicts: str | None, metric: str
) -> None:
    spec = read(**said)
    assert (spec.predicts, spec.metric) == (predicts, metric)


def test_a_table_without_as_of_times_is_flat() -> None:
    assert read(**FLAT).is_flat
    assert not read().is_flat
    for key, value in {"horizon": "30 days", "matures_at": "ends_at", "settle": "1 day"}.items():
        assert f"`{key}` needs `as_of`" in refusal(**(FLAT | {key: value}))


SEVERAL, NUMBER = {"task": "multiclass"}, {"task": "regression"}


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        (NUMBER | {"metric": "mae", "predicts": "mean"}, "contradict each other"),
        (NUMBER | {"metric": "rmse", "predicts": "median"}, "contradict each other"),
        (NUMBER | {"metric": "mae", "predicts": "count"}, "contradict each other"),
        (NUMBER | {"predicts": "mode"}, "`predicts`: Input should be 'mean', 'median' or 'count'"),
        (NUMBER | {"metric": "log_loss"}, "none of task regression; it has rmse, mae"),
        (SEVERAL | {"metric": "brier"}, "none of task multiclass; it has log_loss, accuracy"),
        ({"predicts": "mean"}, "`predicts` is for task regression"),
        ({"value": {"true_positive": 4}}, "give both `true_positive` and `false_positive`"),
        ({"value": {"false_positive": -4}}, "give both `true_positive` and `false_positive`"),
        ({"value": {"true_positive": 4, "false_positive": 1}}, "`value.false_positive`"),
        (SEVERAL | {"value": {"true_positive": 4, "false_positive": -1}}, "are for task binary"),
        (NUMBER | {"promote": {"guards": {"calibration_error": 0.1}}}, "is for task binary"),
        ({"promote": {"guards": {"calibration_error": 1}}}, "`promote.guards.calibration_error`"),
        ({"promote": {"guards": {"worst_slice": 0.1}}}, "`promote.guards.worst_slice` needs"),
        ({"promote": {"guards": {"wurst": 1}}}, "known keys are: calibration_error, worst_slice"),
        ({"candidates": ["linear"]}, "'linear' is no candidate of task binary; it has prior"),
        (NUMBER | {"candidates": ["logistic"]}, "'logistic' is no candidate of task regression"),
        ({"candidates": ["own-module:make"]}, "or `module:function` of your own"),
        ({"candidates": ["own:make()"]}, "or `module:function` of your own"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], phrase: str) -> None:
    assert phrase in refusal(**changes)


def test_what_fits_is_accepted() -> None:
    priced = read(value={"true_positive": 40, "false_positive": 0})
    assert priced.value.is_priced
    assert not read(**SEVERAL, value={"capacity": 3}).value.is_priced
    assert read(candidates=["own:make", "a.b:make_it"]).candidates == ("own:make", "a.b:make_it")
    guarded = read(slices=["town"], promote={"guards": {"worst_slice": 0}})
    assert guarded.promote.guards.worst_slice == 0
    for task, names in CANDIDATES.items():
        read(task=task, candidates=list(names), baseline={"sql": "1"})


def test_a_task_that_is_a_list_is_refused_like_others() -> None:
    assert "`task`" in refusal(task=["binary"])


def test_limits_of_trust_are_those_of_the_task() -> None:
    binary, number = read(), read(task="regression", trust={"max_drop": 0.3})
    assert (binary.trust.max_drop, binary.trust.max_miscalibration) == (0.05, 0.05)
    assert (number.trust.max_drop, number.trust.max_miscalibration) == (0.3, 0.1)
    assert binary.trust.max_age == timedelta(days=7)
    assert "trust.max_age" in refusal(trust={"max_age": "0 days"})
    assert "unknown key `trust.max_fall`" in refusal(trust={"max_fall": 1})
    assert "trust" in refusal(task="regression", trust=None)


@pytest.mark.parametrize("settle", ["36526 days", "999999999 weeks", "9" * 400 + " days"])
def test_a_length_of_time_that_no_date_can_bear_is_refused(settle: str) -> None:
    assert "`settle`: " in refusal(settle=settle)


@pytest.mark.parametrize(
    ("changes", "roles"),
    [
        ({"label": "member_id"}, "`entity` and `label` both name the column member_id"),
        ({"as_of": "Has_quit"}, "`as_of` and `label` both name the column has_quit"),
        ({"as_of": "member_id"}, "`entity` and `as_of` both name the column member_id"),
    ],
)
def test_key_as_of_and_label_are_columns_of_their_own(changes: dict[str, str], roles: str) -> None:
    assert roles in refusal(**changes)


@pytest.mark.parametrize(
    ("key", "text", "told"),
    [
        ("slices", "place", "`slices` must be a list, such as [place] (found 'place')"),
        ("candidates", "rule", "`candidates` must be `auto`, or a list, such as [rule]"),
        ("never_use", {"columns": "age"}, "`never_use.columns` must be a list, such as [age]"),
        ("candidates", [1], "`candidates.0`: Input should be a valid string (found 1)"),
    ],
)
def test_one_name_where_a_list_belongs_is_told_as_a_person_writes_it(
    key: str, text: object, told: str
) -> None:
    said = refusal(**{key: text})
    assert told in said
    assert "tuple" not in said
    assert "literal" not in said


@pytest.mark.parametrize("declared", [True, "binary", ["task", "entity"], 3])
def test_what_is_no_mapping_is_shown_and_not_called_missing(declared: object) -> None:
    with pytest.raises(
        SpecError, match=r"config.meta.prediction of pred_x is .* has no keys"
    ) as no:
        read_spec(declared, prediction="pred_x", file="models/x.yml")
    assert repr(declared) in str(no.value)
    assert "missing" not in str(no.value)
