"""A feature's fingerprint changes with what it means, and with nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from foretell.features.catalog import undeclared
from foretell.ground.definitions import Changes, changes_since, definitions_of, listed
from foretell.ground.relation import Relation
from foretell.ground.views import Feature, FeatureView

COUNT = Feature("visits_count_7d", "Visits", '{"agg": "count"}', None)
SUM = Feature("visits_sum_7d", "", '{"agg": "sum"}', "minutes")
VIEW = FeatureView(
    name="feat_member__visits",
    kind="events",
    topic="visits",
    entity="member_id",
    owner="",
    description="",
    at="visited_at",
    known_at=None,
    until=None,
    filters=("is_paid and minutes > 20",),
    code="select member_id, visited_at, minutes from fct_visits where note <> '-- {{ config() }}'",
    relation=Relation("gym", "gym", "feat_member__visits"),
    features=(COUNT, SUM),
    dialect="duckdb",
)


def test_what_was_put_on_record_by_earlier_releases_stays_comparable() -> None:
    code = "{{ config(tags=['x']) }} select *, '--' as  x -- why\nfrom {{ ref('fct_visits') }}"
    assert replace(VIEW, code=code).fingerprint() == "d32de3c0aecd.b2bc3bf7e306"


@pytest.mark.parametrize(
    "code",
    [
        "{{ config(materialized='table', tags=['x']) }}\n" + VIEW.code,
        VIEW.code.replace(" from", "\n-- where from\n    from"),
        VIEW.code.replace(" from", " {# why #} /* how */ from"),
        VIEW.code.replace(" from", "\r\n{#- why -#} from"),
        "{{- config(meta={'at': \"it's\"}) -}}\n" + VIEW.code,
    ],
    ids=["config", "line comment", "block comments", "trimmed comment", "config with a quote"],
)
def test_what_returns_the_same_rows_is_the_same_definition(code: str) -> None:
    assert replace(VIEW, code=code).fingerprint(COUNT) == VIEW.fingerprint(COUNT)
    assert replace(VIEW, code=code).fingerprint() == VIEW.fingerprint()


@pytest.mark.parametrize(
    "code",
    [
        VIEW.code.replace("fct_visits", "fct_calls"),
        VIEW.code.replace("'-- {{ config() }}'", "'--'"),
        VIEW.code.replace("fct_visits", "{{ ref('fct_visits') }}"),
        VIEW.code + "{{",
    ],
    ids=["relation", "text", "Jinja", "Jinja without an end"],
)
def test_what_may_return_others_is_another(code: str) -> None:
    assert replace(VIEW, code=code).fingerprint(COUNT) != VIEW.fingerprint(COUNT)


def test_another_feature_beside_it_does_not_redefine_a_feature() -> None:
    fewer = replace(VIEW, features=(COUNT,))
    assert fewer.fingerprint(COUNT) == VIEW.fingerprint(COUNT)
    assert fewer.fingerprint() != VIEW.fingerprint()
    described = replace(COUNT, description="How often")
    assert VIEW.fingerprint(described) == VIEW.fingerprint(COUNT)


def test_sql_that_is_rewritten_is_told_from_a_declaration_that_is_another() -> None:
    then = definitions_of([VIEW], ["visits_count_7d"])
    rewritten = replace(VIEW, code=VIEW.code.replace("fct_visits", "fct_calls"))
    assert changes_since(then, definitions_of([rewritten], then)).rewritten == {"visits_count_7d"}
    declared = replace(COUNT, definition='{"agg": "count", "where": "is_paid"}')
    other = changes_since(then, definitions_of([replace(VIEW, features=(declared,))], then))
    assert other.redefined == ("visits_count_7d",)
    assert not other.rewritten, "no value can make it the same feature"
    both = replace(rewritten, features=(declared,))
    assert not changes_since(then, definitions_of([both], then)).rewritten


def test_the_rule_is_something_that_can_change_and_go() -> None:
    then = definitions_of([], ["a"], rule="days_since_last")
    assert changes_since(then, definitions_of([], ["a"], rule="days_since_last  ")) == Changes()
    assert changes_since(then, definitions_of([], ["a"], rule="-visits")).breaks(["foretell_rule"])
    assert changes_since(then, definitions_of([], ["a"])).gone == ("foretell_rule",)


def test_changes_are_told_apart_and_said() -> None:
    then = definitions_of([VIEW], ["visits_count_7d", "visits_sum_7d", "own"])
    assert then["own"] == ""
    assert not changes_since(then, dict(reversed(then.items())))
    now = {"visits_count_7d": "other", "own": "", "new": "1"}
    changes = changes_since(then, now)
    assert changes == Changes(("new",), ("visits_sum_7d",), ("visits_count_7d",))
    assert str(changes) == "added new; gone visits_sum_7d; redefined visits_count_7d"
    assert changes.breaks(["own", "visits_sum_7d", "visits_count_7d"]) == [
        "visits_sum_7d",
        "visits_count_7d",
    ]
    assert not changes.breaks(["own"])
    assert listed(["a", "b", "c"], most=2) == "a, b and 1 more"


class Columns:
    """A warehouse of which only column names are asked."""

    def columns(self, relation: Relation) -> dict[str, str]:
        names = ("member_id", "visited_at", "minutes", "is_paid", "coach_id")
        return dict.fromkeys(names, "INTEGER")


def test_a_column_that_no_feature_is_made_of_is_named() -> None:
    assert undeclared(VIEW, Columns()) == ["coach_id"]  # type: ignore[arg-type]
    assert undeclared(replace(VIEW, relation=None), Columns()) == []  # type: ignore[arg-type]
