"""What a new feature may be, and what the files of each kind say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from foretell.errors import ScaffoldError
from foretell.scaffold.declaration import plain, yaml_of
from foretell.scaffold.feature import NewFeature, doubts, missing_flags, new_feature
from foretell.scaffold.project import Column, DbtProject, Model
from foretell.scaffold.write import next_steps, write_feature

ORDERS = Model(
    "fct_orders",
    Path("models/fct_orders.sql"),
    columns=(
        Column("customer_id", "UUID", "Who: the customer."),
        Column("ordered_at"),
        Column("paid_usd", "", "What was paid # and how."),
    ),
)
SPINE = Model("as_of_customer", Path("models/as_of_customer.sql"), columns=(Column("as_of_day"),))
CHURN = Model("pred_customer__churn", Path("models/pred_customer__churn.sql"))
ANSWERS: dict[str, Any] = {
    "kind": "events",
    "entity": "customer_id",
    "topic": "tea",
    "source": "fct_orders",
    "time": "ordered_at",
}


@pytest.fixture
def project(tmp_path: Path) -> DbtProject:
    return DbtProject(tmp_path, Path("models"), {one.name: one for one in (ORDERS, SPINE, CHURN)})


def feature(project: DbtProject, **changes: Any) -> NewFeature:
    said = {key: value for key, value in (ANSWERS | changes).items() if value is not ...}
    return new_feature(project, **said)


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"kind": "event"}, "`--kind event` is no kind.*events, states, spine, static"),
        ({"kind": "static", "columns": ("paid_usd",)}, "`--time ordered_at` does not fit kind st"),
        ({"spine": "as_of_customer"}, "`--spine` and `--as-of` belong to kind spine"),
        ({"kind": "states"}, "Kind states needs a `--column` of fct_orders"),
        ({"time": ...}, "Kind events needs `--time`: the column of fct_orders"),
        ({"columns": ("paid_usd", "PAID_USD")}, "The column PAID_USD is named twice"),
        ({"columns": ("ordered_at",)}, "The column ordered_at is named twice"),
        ({"kind": "spine", "spine": "as_of_custmer"}, "`--spine as_of_custmer`.*as_of_customer"),
    ],
)
def test_answers_that_do_not_fit_are_refused(
    project: DbtProject, changes: dict[str, Any], phrase: str
) -> None:
    with pytest.raises(ScaffoldError, match=phrase):
        feature(project, **changes)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, ["--entity", "--topic", "--kind", "--source", "--time"]),
        ({"kind": "static", "entity": "e", "topic": "t", "source": "s"}, ["--column"]),
        ({"kind": "spine", "entity": "e", "topic": "t", "source": "s"}, ["--time", "--spine"]),
        (ANSWERS, []),
    ],
)
def test_each_kind_needs_its_own_options(given: dict[str, Any], missing: list[str]) -> None:
    nothing = dict.fromkeys(("kind", "entity", "topic", "source", "time", "spine"))
    assert missing_flags(**(nothing | given), columns=[]) == missing


def test_documented_texts_and_types_are_used(project: DbtProject) -> None:
    said = yaml.safe_load(yaml_of(feature(project, columns=("paid_usd",), owner="crm: us")))
    (view,) = said["models"]
    assert view["config"]["meta"]["owner"] == "crm: us"
    assert [one["description"] for one in view["columns"]] == [
        "Who: the customer.",
        "When it happened.",
        "What was paid # and how.",
    ]
    rows = said["unit_tests"][0]["given"][0]["rows"]
    assert rows[0]["customer_id"] == "00000000-0000-0000-0000-000000000001"


def test_a_spines_own_as_of_column_is_taken(project: DbtProject) -> None:
    spine = feature(project, kind="spine", spine="as_of_customer")
    assert spine.as_of == "as_of_day"
    assert feature(project, kind="spine", spine="as_of_customer", as_of="day").as_of == "day"


def test_a_slip_in_a_column_is_said_with_what_was_meant(project: DbtProject) -> None:
    assert doubts(feature(project)) == []
    assert doubts(feature(project, columns=("payd_usd",))) == [
        "fct_orders documents no column payd_usd; did you mean paid_usd?"
    ]


@pytest.mark.parametrize("text", ["no", "on", "a: b", "a #b", "1", "null", "{{ x }}", "- a", "'"])
def test_what_yaml_reads_otherwise_is_quoted(text: str) -> None:
    assert yaml.safe_load(f"- {plain(text)}") == [text]
    assert plain(text) != text


def test_nothing_is_overwritten(project: DbtProject) -> None:
    sql, yml = write_feature(project, feature(project))
    assert sql == project.folder / "models/features/customer/feat_customer__tea.sql"
    sql.write_text("mine")
    for gone in (None, yml):
        if gone:
            gone.unlink()
        with pytest.raises(ScaffoldError, match=r"feat_customer__tea.sql.*nothing is overwritten"):
            write_feature(project, feature(project))
    assert sql.read_text() == "mine"
    assert not yml.exists()


def test_a_model_of_that_name_elsewhere_is_named(project: DbtProject) -> None:
    there = Model("feat_customer__tea", Path("models/old/feat_customer__tea.sql"))
    crowded = DbtProject(project.folder, Path("models"), {**project.models, there.name: there})
    with pytest.raises(ScaffoldError, match=r"models/old/feat_customer__tea.sql exists already"):
        write_feature(crowded, feature(crowded))


def test_the_next_steps_name_the_prediction_and_the_ref(project: DbtProject) -> None:
    steps = "\n".join(next_steps(project, feature(project)))
    assert "pred_customer__churn.sql" in steps
    assert "ref('feat_customer__tea')," in steps
    assert "dbt build --select feat_customer__tea" in steps
    assert "foretell.write_boundary_test --args '{view: feat_customer__tea}'" in steps
    other = "\n".join(next_steps(project, feature(project, entity="store_id")))
    assert "add `via:`" in other
    assert "pred_customer__churn" not in other
