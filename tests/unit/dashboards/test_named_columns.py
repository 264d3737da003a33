"""What a dataset needs and the serving file lacks is said before anything is sent."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from foretell.dashboards.declared.serving_copy import ServingCopy
from foretell.dashboards.written.columns import check_chart_columns, describe_datasets
from foretell.dashboards.written.folder import Assets, DashboardFolder
from foretell.dashboards.written.specs import DashboardSpec, DatabaseSpec, DatasetSpec, TableSpec
from foretell.errors import SupersetError


@pytest.fixture
def serving(tmp_path: Path) -> ServingCopy:
    """A serving file with one relation."""
    path = tmp_path / "serving.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table kpi_daily (date_day date, sales_usd double)")
    return ServingCopy(path)


def assets(dataset: DatasetSpec, *columns: str) -> Assets:
    """One dataset and one table chart over it."""
    chart = TableSpec(kind="table", name="Days", dataset="days", columns=columns)
    page = DashboardFolder(DashboardSpec(title="Sales", rows=()), {"days": chart})
    database = DatabaseSpec(name="shop", serving_file="serving.duckdb")
    return Assets(Path("dashboards"), "shop", database, {"days": dataset}, {"sales": page})


def test_sql_over_relations_is_described(serving: ServingCopy) -> None:
    dataset = DatasetSpec(
        sql="select max(date_day) as last_day from kpi_daily", reads=("kpi_daily",)
    )
    assert describe_datasets(assets(dataset), serving) == {"days": {"last_day": "DATE"}}


@pytest.mark.parametrize(
    ("dataset", "said"),
    [
        (DatasetSpec(table="fct_orders"), r"days\.yaml reads \['fct_orders'\].*'kpi_daily'"),
        (DatasetSpec(sql="select x from kpi_daily", reads=("kpi_daily",)), r"days\.yaml fails"),
        (DatasetSpec(table="kpi_daily", date="day"), r"days\.yaml names the columns \['day'\]"),
    ],
)
def test_a_dataset_that_cannot_be_filled_is_refused(
    serving: ServingCopy, dataset: DatasetSpec, said: str
) -> None:
    with pytest.raises(SupersetError, match=said):
        describe_datasets(assets(dataset), serving)


def test_a_missing_serving_file_names_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(SupersetError, match="dbt build"):
        describe_datasets(
            assets(DatasetSpec(table="kpi_daily")), ServingCopy(tmp_path / "none.duckdb")
        )


def test_a_chart_of_an_unknown_column_is_refused(serving: ServingCopy) -> None:
    written = assets(DatasetSpec(table="kpi_daily"), "date_day", "profit_usd")
    with pytest.raises(SupersetError, match=r"days\.yaml names the columns \['profit_usd'\]"):
        check_chart_columns(written, describe_datasets(written, serving))
