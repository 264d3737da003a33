"""Lean YAML becomes Superset's import format, the same one every time."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from foretell.dashboards.declared.manifest import stable_uuid
from foretell.dashboards.declared.serving_copy import ServingCopy
from foretell.dashboards.packed.packer import pack, to_zip
from foretell.dashboards.written.folder import read_assets
from foretell.errors import SupersetError

if TYPE_CHECKING:
    from foretell.dashboards.packed.packer import Files

DATASET = """
table: kpi_daily
date: date_day
columns:
  sales_usd: {label: Sales, format: "$,.0f"}
metrics:
  sales: {sql: sum(sales_usd), label: Sales of the day, format: "$,.0f"}
"""
CHARTS = {
    "sales": "kind: line\nname: Sales\ndataset: kpi_daily\nmetrics: [sales]\n",
    "days": "kind: table\nname: Days\ndataset: kpi_daily\ncolumns: [date_day, sales_usd]\n",
    "last": "kind: trend\nname: Last\ndataset: kpi_daily\nmetric: sales\ncompared_with: before\n",
    "total": "kind: number\nname: Total\ndataset: kpi_daily\nmetric: sales\n",
}
DASHBOARD = """
title: Sales
rows:
  - height: 80
    cells:
      - {chart: sales, width: 6}
      - {markdown: "## Sales", width: 6}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small folder of dashboards."""
    texts = {
        "_shared/database.yaml": "name: shop\nserving_file: data/serving.duckdb\n",
        "_shared/datasets/kpi_daily.yaml": DATASET,
        "sales/dashboard.yaml": DASHBOARD,
        **{f"sales/charts/{name}.yaml": text for name, text in CHARTS.items()},
    }
    for path, text in texts.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def packed(folder: Path) -> Files:
    """Files to import, for a serving file with two columns."""
    return pack(
        read_assets(folder),
        served=ServingCopy(Path("/data/serving.duckdb")),
        columns={"kpi_daily": {"date_day": "DATE", "sales_usd": "DOUBLE"}},
        descriptions={"kpi_daily": {"": "One row per day", "sales_usd": "What was sold"}},
    )


def parsed(files: Files, path: str) -> dict[str, Any]:
    """One file's content."""
    content: dict[str, Any] = yaml.safe_load(files[path])
    return content


def test_equal_yaml_makes_equal_bytes(folder: Path) -> None:
    first, second = packed(folder), packed(folder)
    assert to_zip(first) == to_zip(second)


def test_a_uuid_follows_from_the_file_name_and_outlives_a_new_title(folder: Path) -> None:
    before = parsed(packed(folder), "charts/sales__sales.yaml")["uuid"]
    chart = folder / "sales" / "charts" / "sales.yaml"
    chart.write_text(chart.read_text().replace("name: Sales", "name: Turnover"))
    after = parsed(packed(folder), "charts/sales__sales.yaml")
    assert after["slice_name"] == "Turnover"
    assert after["uuid"] == before == stable_uuid("foretell", "chart", "sales", "sales")


def test_uuids_never_change_between_releases() -> None:
    assert stable_uuid("shop", "chart", "sales", "sales") == "00415874-5bc8-5a79-aeb1-5a758fa7bd10"


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_brings_its_query(folder: Path, name: str) -> None:
    context = json.loads(parsed(packed(folder), f"charts/sales__{name}.yaml")["query_context"])
    (query,) = context["queries"]
    assert query.get("metrics") == ["sales"] or query["columns"] == ["date_day", "sales_usd"]


def test_columns_carry_dbts_descriptions_and_the_files_types(folder: Path) -> None:
    dataset = parsed(packed(folder), "datasets/foretell/kpi_daily.yaml")
    assert dataset["description"] == "One row per day"
    day, sales, build = dataset["columns"]
    assert (build["column_name"], "foretell_build" in build["expression"]) == ("shown_build", True)
    assert (day["verbose_name"], day["is_dttm"]) == ("Date day", True)
    assert (sales["verbose_name"], sales["description"]) == ("Sales", "What was sold")


def test_a_chart_on_the_page_has_a_placeholder_and_its_uuid(folder: Path) -> None:
    position = parsed(packed(folder), "dashboards/sales.yaml")["position"]
    meta = position["CHART-1-1"]["meta"]
    assert (meta["chartId"], meta["uuid"]) == (
        1,
        stable_uuid("foretell", "chart", "sales", "sales"),
    )
    assert position["MARKDOWN-1-2"]["meta"]["code"] == "## Sales"


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("sales/charts/sales.yaml", CHARTS["sales"] + "colour: red\n", "colour: unknown key"),
        ("sales/charts/sales.yaml", "kind: pie\n", "pie"),
        ("sales/charts/sales.yaml", CHARTS["sales"].replace("kpi_daily", "kpi"), "dataset 'kpi'"),
        ("sales/charts/total.yaml", CHARTS["total"].replace("metric: sales", "metric: x"), "'x'"),
        ("sales/charts/days.yaml", "kind: [\n", "is not YAML"),
        ("sales/dashboard.yaml", DASHBOARD.replace("chart: sales", "chart: pie"), "chart 'pie'"),
        ("sales/dashboard.yaml", DASHBOARD.replace("width: 6", "width: 8"), "add up to 16"),
        (
            "sales/dashboard.yaml",
            DASHBOARD + "filters: [{name: Day, dataset: kpi_daily, column: date_day, tab: All}]\n",
            "filter 'Day' is of tab 'All'; the tabs are []",
        ),
        ("_shared/datasets/kpi_daily.yaml", "description: x\n", "either `table` or `sql`"),
        ("_shared/database.yaml", "name: shop\nuri: x\n", "uri: unknown key"),
    ],
)
def test_a_mistake_is_refused_with_the_file_named(
    folder: Path, path: str, text: str, said: str
) -> None:
    (folder / path).write_text(text)
    with pytest.raises(SupersetError) as refusal:
        read_assets(folder)
    assert str(folder / path) in str(refusal.value)
    assert said in str(refusal.value)


def test_tabs_filters_and_reasons_for_emptiness_are_packed(folder: Path) -> None:
    (folder / "sales" / "dashboard.yaml").write_text(
        "title: Sales\n"
        "filters: [{name: Day, dataset: kpi_daily, column: date_day, tab: All}, {name: Period}]\n"
        "tabs:\n  - title: All\n    rows: [{height: 80, cells: [{chart: sales, width: 6}]}]\n"
    )
    chart = folder / "sales" / "charts" / "sales.yaml"
    chart.write_text(CHARTS["sales"] + 'empty: Not "yet"\nwhere: sales_usd > 0\n')
    page = parsed(packed(folder), "dashboards/sales.yaml")
    assert page["position"]["CHART-1-1-1"]["parents"][-2:] == ["TAB-1", "ROW-1-1"]
    day, period = page["metadata"]["native_filter_configuration"]
    assert day["targets"][0]["datasetUuid"] == stable_uuid("foretell", "dataset", "kpi_daily")
    assert day["scope"]["rootPath"] == ["TAB-1"]
    assert period["filterType"] == "filter_time"
    assert period["scope"]["rootPath"] == ["ROOT_ID"]
    assert 'content: "Not \\"yet\\""' in page["css"]
    context = json.loads(parsed(packed(folder), "charts/sales__sales.yaml")["query_context"])
    assert context["queries"][0]["extras"] == {"where": "(sales_usd > 0)"}


def test_two_projects_of_one_superset_share_no_object(folder: Path) -> None:
    first, second = (
        pack(
            dataclasses.replace(read_assets(folder), project=project),
            served=ServingCopy(Path("/data/serving.duckdb")),
            columns={"kpi_daily": {"date_day": "DATE", "sales_usd": "DOUBLE"}},
            descriptions={},
        )
        for project in ("gym", "zoo")
    )
    uuids = [{parsed(made, path).get("uuid") for path in made} - {None} for made in (first, second)]
    assert not uuids[0] & uuids[1]
    slugs = [parsed(made, "dashboards/sales.yaml")["slug"] for made in (first, second)]
    assert slugs == ["gym-sales", "zoo-sales"]
