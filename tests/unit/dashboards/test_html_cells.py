"""A table renders HTML only where it shows a column declared as such; all else is text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from declared import declared_with
from foreign import IMAGE, computed

from foretell.dashboards.declared.project import DeclaredProject, declared_project
from foretell.dashboards.declared.serving_copy import ServingCopy
from foretell.dashboards.packed.html_cells import with_stored_names
from foretell.dashboards.packed.packer import Files, pack
from foretell.dashboards.written.folder import Assets, read_assets
from foretell.dashboards.written.html_text import cell
from foretell.errors import SupersetError

CHECKOUT = Path(__file__).parents[3]
LINKED = 'html: {label: Link, html: true}\n  name: {label: "Who"}\n'


def shop(folder: Path, chart: str, columns: str = LINKED, sql: str = "select * from t") -> Files:
    """A folder with one table chart over a dataset of eight columns, packed."""
    texts = {
        "_shared/datasets/people.yaml": f"sql: {sql}\nreads: [t]\ncolumns:\n  {columns}",
        "shop/dashboard.yaml": "title: Shop\n",
        "shop/charts/people.yaml": f"name: People\ndataset: people\n{chart}\n",
    }
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    kinds = {"html": "VARCHAR", "name": "VARCHAR", "kind": "ENUM('a', 'b')", "tags": "VARCHAR[]"}
    numbers = {"age": "INTEGER", "worth": "DECIMAL(18,2)", "born": "DATE", "seen": "TIMESTAMP"}
    return pack(
        read_assets(folder),
        served=ServingCopy(Path("/data/serving.duckdb")),
        columns={"people": kinds | numbers},
        descriptions={},
    )


def chart_of(files: Files) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings and query of the one chart."""
    chart = yaml.safe_load(files["charts/shop__people.yaml"])
    (query,) = json.loads(chart["query_context"])["queries"]
    return chart["params"], query


def test_every_other_text_of_a_table_with_html_is_shown_escaped(tmp_path: Path) -> None:
    files = shop(
        tmp_path,
        "kind: table\ncolumns: [html, name, kind, tags, age, worth, born, seen, shown_build]\n"
        "sort: name\nwidths: {name: 90}\ncolors: {name: {x: red}}\nwhere: name > 'a'",
    )
    params, query = chart_of(files)
    shown = ["html", *(f"{one} (as text)" for one in ("name", "kind", "tags"))]
    assert params["allow_render_html"] is True
    assert params["all_columns"] == [*shown, "age", "worth", "born", "seen", "shown_build"]
    assert query["columns"] == params["all_columns"]
    assert params["column_config"]["name (as text)"]["columnWidth"] == 90
    assert params["conditional_formatting"][0]["column"] == "name (as text)"
    # what narrows and orders goes by what is stored
    assert params["order_by_cols"] == ['["name", true]']
    assert params["adhoc_filters"][0]["sqlExpression"] == "name > 'a'"
    columns = yaml.safe_load(files["datasets/foretell/people.yaml"])["columns"]
    made = {one["column_name"]: one for one in columns if one["column_name"].endswith(" text)")}
    assert list(made) == ["kind (as text)", "name (as text)", "tags (as text)"]
    assert made["name (as text)"]["verbose_name"] == "Who"
    assert computed(made["name (as text)"]["expression"].replace('"name"', "said"), IMAGE) == (
        "<span>&lt;img src=x onerror=&quot;window.__hit=1&quot;&gt;</span>"
    )


@pytest.mark.parametrize(
    "chart",
    [
        "kind: table\ncolumns: [name, age]",
        "kind: words\ncolumn: name",
        # what cannot be escaped by its name
        "kind: table\ncolumns: [html]\noptions: {all_columns: [html, {sqlExpression: name}]}",
        "kind: table\ncolumns: [html]\noptions: {all_columns: [html, made_in_superset]}",
        "kind: table\ncolumns: [html]\noptions: {query_mode: aggregate, groupby: [name]}",
        # another kind of table, in which foretell names no columns
        "kind: table\ncolumns: [html, name]\noptions: {viz_type: ag-grid-table}",
        "kind: words\ncolumn: html\noptions: {viz_type: pivot_table_v2}",
    ],
)
def test_any_other_table_renders_no_html(tmp_path: Path, chart: str) -> None:
    files = shop(tmp_path, chart)
    assert chart_of(files)[0]["allow_render_html"] is False
    columns = yaml.safe_load(files["datasets/foretell/people.yaml"])["columns"]
    assert not [one for one in columns if "as text" in one["column_name"]]


def test_words_that_are_declared_as_html_are_rendered(tmp_path: Path) -> None:
    params, _ = chart_of(shop(tmp_path, "kind: words\ncolumn: html"))
    assert (params["all_columns"], params["allow_render_html"]) == (["html"], True)


BARS = "kind: bar\nx: {}\nmetrics: [people]\n"
COUNTED = f"{LINKED}metrics:\n  people: {{sql: count(*), label: People}}\n"


def test_bars_show_no_category_that_could_be_a_tag(tmp_path: Path) -> None:
    files = shop(tmp_path, BARS.format("name") + "where: name > 'a'\n", COUNTED)
    params, query = chart_of(files)
    assert (params["x_axis"], params["x_axis_sort"]) == ("name (as drawn)", "name (as drawn)")
    assert query["orderby"] == [["name (as drawn)", True]]
    (axis,) = query["columns"]
    columns = yaml.safe_load(files["datasets/foretell/people.yaml"])["columns"]
    (made,) = [one for one in columns if one["column_name"] == "name (as drawn)"]
    assert axis["label"] == made["column_name"]
    assert axis["sqlExpression"] == made["expression"]
    expression = made["expression"].replace('"name"', "said")
    assert computed(expression, "<i>x</i>") == "\u2039i>x\u2039/i>"
    assert computed(expression, "<25 & it's") == "<25 & it's"
    assert params["adhoc_filters"][0]["sqlExpression"] == "name > 'a'"


def test_bars_along_a_number_keep_it(tmp_path: Path) -> None:
    params, _ = chart_of(shop(tmp_path, BARS.format("age"), COUNTED))
    assert params["x_axis"] == "age"


def test_settings_are_pulled_by_the_names_that_files_use() -> None:
    shown = {"a (as text)": ["b (as drawn)", {"c": "d (as text)"}, 1, None], "e": "f (g)"}
    assert with_stored_names(shown) == {"a": ["b", {"c": "d"}, 1, None], "e": "f (g)"}


def test_columns_added_in_superset_are_escaped_once_they_are_pulled(tmp_path: Path) -> None:
    pulled = "kind: table\ncolumns: [html]\noptions: {all_columns: [html, 'name (as text)', kind]}"
    params, _ = chart_of(shop(tmp_path, pulled))
    assert params["all_columns"] == ["html", "name (as text)", "kind (as text)"]


def test_no_chart_renders_html_by_an_option(tmp_path: Path) -> None:
    with pytest.raises(SupersetError, match="html: true") as refusal:
        shop(tmp_path, "kind: table\ncolumns: [name]\noptions: {allow_render_html: true}")
    assert "people.yaml" in str(refusal.value)


def written_project(folder: Path) -> DeclaredProject:
    """A project of this repository as its files declare it, with all columns that are served."""
    nodes = {}
    served: dict[str, tuple[str, ...]] = {}
    for file in sorted(folder.glob("models/predictions/*.yml")):
        for model in yaml.safe_load(file.read_text())["models"]:
            spec = model["config"]["meta"]["prediction"]
            nodes[f"model.p.{model['name']}"] = {
                "resource_type": "model",
                "original_file_path": str(file),
                "database": "p",
                "name": model["name"],
                "alias": model["name"],
                "columns": {},
                "description": model.get("description", ""),
                "config": model["config"] | {"materialized": "prediction"},
            }
            columns = ["score", "is_named", "expected_value", "reason_1", "reason_2", "reason_3"]
            served[model["name"]] = (spec["entity"], *columns, *spec.get("slices", []))
    said = {"metadata": {"project_name": folder.name}, "nodes": nodes}
    assert nodes
    return declared_project(said, served, "duckdb")


def kinds_of(assets: Assets) -> dict[str, dict[str, str]]:
    """Every column that a dataset declares or a chart shows, as text."""
    kinds: dict[str, dict[str, str]] = {
        name: dict.fromkeys(spec.columns, "VARCHAR") for name, spec in assets.datasets.items()
    }
    for folder in assets.dashboards.values():
        for chart in folder.charts.values():
            shown = [*getattr(chart, "columns", ()), getattr(chart, "column", None)]
            kinds[chart.dataset] |= {name: "VARCHAR" for name in shown if name}
    return kinds


@pytest.mark.parametrize("folder", ["dbt_project", "examples/flights", None])
def test_no_packed_table_renders_text_that_is_not_escaped(
    tmp_path: Path, folder: str | None
) -> None:
    linked = declared_with("pred_member__quits", entity_link="/customers/{}")
    declared = written_project(CHECKOUT / folder) if folder else linked
    assets = read_assets(CHECKOUT / folder / "dashboards" if folder else tmp_path, declared)
    files = pack(
        assets,
        served=ServingCopy(Path("/data/serving.duckdb")),
        columns=kinds_of(assets),
        descriptions={},
    )
    datasets = {
        parsed["uuid"]: {one["column_name"]: one for one in parsed["columns"]}
        for path, text in files.items()
        if path.startswith("datasets/") and (parsed := yaml.safe_load(text))
    }
    declared_html = {
        (name, column)
        for name, spec in assets.datasets.items()
        for column, one in spec.columns.items()
        if one.html
    }
    rendered = set()
    for path, text in files.items():
        chart = yaml.safe_load(text)
        if not path.startswith("charts/") or chart["viz_type"] != "table":
            continue
        if chart["params"]["allow_render_html"] is False:
            continue
        name, _, of_chart = path.removeprefix("charts/").removesuffix(".yaml").partition("__")
        dataset = assets.dashboards[name].charts[of_chart].dataset
        for column in chart["params"]["all_columns"]:
            rendered.add(path)
            expression = datasets[chart["dataset_uuid"]][column].get("expression", "")
            assert (dataset, column) in declared_html or expression == cell(
                '"' + column.removesuffix(" (as text)") + '"', ServingCopy.dialect
            ), (path, column)
    assert {name.partition("__")[0] for name in rendered} >= {
        "charts/business_overview", "charts/analyst_workbench", "charts/ml_operations",
    }  # fmt: skip
