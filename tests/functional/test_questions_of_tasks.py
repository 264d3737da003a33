"""Versions compared and rows explained of every task: classes, numbers, texts, dates, no time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from project import Project, make_zoo

TODAY = "2025-08-01"
GRADE, PRICE = "pred_thing__grade", "pred_thing__price"
RULE = "          baseline: {sql: cost_before}\n"
LESS = "          never_use: {columns: [size]}\n"
FEW = "          candidates: [logistic]\n"


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The zoo with two versions of two predictions, both of which can score.

    The first grade looks at the size, the second does not; the first price is the rule.
    """
    project = make_zoo(tmp_path_factory.mktemp("zoo") / "zoo")
    file, grade = "models/zoo.yml", "          label: grade\n"
    build = ("--full-refresh", "--select", "things", "weekly", GRADE, PRICE)
    project.replace(file, grade, grade + FEW)
    project.build(*build, today=TODAY)
    project.replace(file, FEW, FEW + LESS)
    project.replace(file, RULE, "")
    project.build(*build, today=TODAY)
    project.replace(file, FEW + LESS, FEW)
    project.replace(file, "label: price\n", f"label: price\n{RULE}")
    return project


def answer(zoo: Project, *command: str) -> dict[str, Any]:
    """What a command prints as JSON."""
    done = zoo.foretell(*command, "--json")
    assert done.returncode == 0, done.stdout
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def says(zoo: Project, *command: str) -> str:
    """What a command prints, on one line."""
    done = zoo.foretell(*command)
    assert done.returncode == 0, done.stdout
    return " ".join(done.stdout.split())


def test_versions_of_classes_differ_by_who_gets_another_class(zoo: Project) -> None:
    found = answer(zoo, "diff", GRADE)
    assert found["gone"] == ["size"]
    one = found["compared"]
    assert one is not None, found["not_compared"]
    assert (one["rows"], one["what"]) == (90, "rows whose outcome is not known")
    assert (one["named"], one["rank_correlation"]) == (None, None)
    scored = (
        "select thing_id, max(predicted) filter (where model_version = 1) as was, "
        "max(predicted) filter (where model_version = 2) as becomes "
        f"from zoo_foretell.{GRADE}__history where origin = 'live' group by thing_id"
    )
    pairs = zoo.query(
        f"select was, becomes, count(*) from ({scored}) where was <> becomes group by all"
    )
    assert pairs, "the size matters"
    assert {tuple(pair.values()) for pair in one["reclassed"]} == set(pairs)
    classes = {str(key): tuple(both) for key, *both in zoo.query(scored)}
    for mover in (*one["up"], *one["down"]):
        assert (mover["was"], mover["becomes"]) == classes[mover["entity"]]
    total = sum(count for *_, count in pairs)
    assert f"Predicted a different class for {total}: " in says(zoo, "diff", GRADE)


def test_a_predicted_class_is_explained_with_words_and_days(zoo: Project) -> None:
    thing, predicted, score, reason = zoo.query(
        f"select thing_id, predicted, score, reason_1 from zoo.zoo.{GRADE} "
        "where reason_1 is not null order by score desc, thing_id limit 1"
    )[0]
    found = answer(zoo, "explain", GRADE, str(thing))
    assert (found["predicted"], found["score"]) == (predicted, pytest.approx(score))
    assert found["published"]["predicted"] == predicted
    assert (found["outcome"], found["is_learnt"]) == (None, False)
    first, *_ = found["contributions"]
    assert reason.startswith(f"{first['label']}: {first['said']}")
    by_name = {one["feature"]: one for one in found["contributions"]}
    colour, words, made_on = zoo.query(
        'select colour, "select", cast(made_on as varchar) from zoo.zoo.things '
        f"where thing_id = {thing}"
    )[0]
    assert by_name["colour"]["said"] == by_name["colour"]["value"] == colour
    assert by_name["made_on"]["said"] == made_on, "without an as-of time a day of the calendar"
    assert by_name["no_words"]["value"] is None
    assert by_name["select"]["value"] == words
    assert by_name["select"]["said"] == f'"{words}"'

    known = says(zoo, "explain", GRADE, "1")
    assert "grade is " in known
    assert "may have learnt from it: then it is no forecast" in known


def test_numbers_are_compared_and_explained_in_their_own_unit(zoo: Project) -> None:
    found = answer(zoo, "diff", PRICE)
    assert (found["then"]["estimator"], found["now"]["features"] != []) == ("rule", True)
    one = found["compared"]
    assert one is not None, found["not_compared"]
    assert (one["rows"], one["named"], one["reclassed"]) == (300, None, None)
    assert one["rank_correlation"] > 0.9
    means = zoo.query(
        f"select avg(score) from zoo_foretell.{PRICE}__history where origin = 'live' "
        f"and week_date = '{TODAY}' group by model_version order by model_version"
    )
    assert (one["mean_then"], one["mean_now"]) == pytest.approx([mean for (mean,) in means])
    assert "Named" not in says(zoo, "diff", PRICE)

    thing, score = zoo.query(
        f"select thing_id, score from zoo.zoo.{PRICE} where week_date = '{TODAY}' "
        "order by score desc, thing_id limit 1"
    )[0]
    found = answer(zoo, "explain", PRICE, str(thing))
    assert (found["rank"], found["rows"], found["predicted"]) == (1, 300, None)
    assert found["score"] == pytest.approx(score)
    assert found["contributions"][0]["feature"] == "cost_before"
    assert found["contributions"][0]["contribution"] > 10, "dollars, not probabilities"
