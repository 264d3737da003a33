"""Who reads a model: dashboards as dbt exposures, and `foretell impact`; nothing is built."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from foretell.dashboards.declared.manifest import read_manifest
from foretell.dashboards.lineage.impact import Impact, impact_of
from foretell.dashboards.lineage.planned import planned_assets
from foretell.errors import ForetellError
from foretell.literal_text import literal
from project import ROOT, Project, make_zoo

if TYPE_CHECKING:
    from collections.abc import Callable

FILE = "models/exposures/_foretell_dashboards.yml"


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The zoo with its exposures written."""
    project = make_zoo(tmp_path_factory.mktemp("zoo") / "zoo")
    done = project.foretell("dashboards", "exposures")
    assert done.returncode == 0, done.stdout
    assert done.stdout.strip() == f"Wrote {FILE}"
    return project


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Project]:
    """The two example projects, with their packages but without data."""
    folder = tmp_path_factory.mktemp("examples")
    found = {}
    for name in ("dbt_project", "examples/flights"):
        copy = folder / name
        generated = shutil.ignore_patterns("data", "target", "dbt_packages", "logs")
        shutil.copytree(ROOT / name, copy, symlinks=True, ignore=generated)
        found[name] = Project(copy, copy / "data" / "none.duckdb", Path(sys.executable).parent)
        (copy / "data").mkdir()
        assert found[name].dbt("deps").returncode == 0
    return found


@pytest.fixture(scope="module")
def grocery(examples: dict[str, Project]) -> Callable[[str], Impact]:
    """Asks for the impact of a change of the grocery demo."""
    project = examples["dbt_project"]
    done = project.foretell("dashboards", "exposures", "--check")
    assert done.returncode == 0, done.stdout
    manifest = read_manifest(project.folder)
    assets = planned_assets(manifest, project.folder / "dashboards")
    return lambda asked: impact_of(asked, manifest, assets)


def upstream(project: Project, exposure: str) -> set[str]:
    """Models that dbt says a dashboard is made of."""
    done = project.dbt(
        "--quiet", "ls", "--select", f"+exposure:{exposure}", "--resource-type", "model",
        "--output", "name",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return set(done.stdout.split())


def test_the_examples_exposures_are_up_to_date(examples: dict[str, Project]) -> None:
    for project in examples.values():
        before = (project.folder / FILE).read_text()
        done = project.foretell("dashboards", "exposures", "--check")
        assert (done.returncode, done.stdout.strip()) == (0, f"{FILE} is up to date")
        assert (project.folder / FILE).read_text() == before


def test_dbt_lists_all_that_a_dashboard_is_made_of(
    zoo: Project, examples: dict[str, Project]
) -> None:
    predictions = {"pred_thing__grade", "pred_thing__price", "pred_thing__sold"}
    found = upstream(zoo, "business_overview")
    assert found >= predictions | {"kpi_sales", "weekly", "things", "foretell_trust"}
    # It reads views over the stores alone, in which predictions wrote what it shows.
    assert upstream(zoo, "ml_operations") >= predictions | {"things"}
    found = upstream(examples["examples/flights"], "business_overview")
    assert found >= {"stg_nycflights__flights", "feat_airport__weather", "pred_flight__late"}


def test_an_exposure_has_what_dbts_documentation_shows(zoo: Project) -> None:
    said = yaml.safe_load((zoo.folder / FILE).read_text())["exposures"]
    overview = next(one for one in said if one["name"] == "business_overview")
    assert overview["type"] == "dashboard"
    assert overview["url"].endswith("/superset/dashboard/zoo-business-overview/")
    assert overview["owner"] == {"name": "zoo"}


def test_dbt_renders_no_text_of_a_dashboard(zoo: Project, tmp_path: Path) -> None:
    project = zoo.copy_to(tmp_path / "zoo")
    typed = "{{ env_var('FORETELL_TODAY') }} {% x %}"
    page = {"title": literal(typed), "description": literal(f"[1, '{typed}'] {{# a")}
    project.write("dashboards/own/dashboard.yaml", json.dumps(page))
    assert project.foretell("dashboards", "exposures").returncode == 0
    done = project.dbt("parse")
    assert done.returncode == 0, done.stdout
    exposure = read_manifest(project.folder)["exposures"]["exposure.zoo.own"]
    assert exposure["label"] == typed
    assert exposure["description"] == f"[1, '{typed}'] {{# a"


def test_a_model_that_is_gone_makes_the_file_stale_and_is_no_obstacle(
    zoo: Project, tmp_path: Path
) -> None:
    project = zoo.copy_to(tmp_path / "zoo")
    (project.folder / "models" / "pred_thing__grade.sql").unlink()
    text = (project.folder / FILE).read_text()
    done = project.foretell("dashboards", "exposures", "--check")
    assert done.returncode == 1
    assert "out of date" in done.stdout
    assert (project.folder / FILE).read_text() == text
    assert project.foretell("dashboards", "exposures").returncode == 0
    assert "grade" not in (project.folder / FILE).read_text()


def test_owner_and_address_are_vars_and_a_wrong_one_is_refused(
    zoo: Project, tmp_path: Path
) -> None:
    project = zoo.copy_to(tmp_path / "zoo")
    settings = project.folder / "dbt_project.yml"
    text = settings.read_text()
    more = "{foretell_gates: false, foretell_owner: keepers, foretell_superset: https://a.zoo}"
    settings.write_text(text.replace("{foretell_gates: false}", more))
    assert project.foretell("dashboards", "exposures").returncode == 0
    one, *_ = yaml.safe_load((project.folder / FILE).read_text())["exposures"]
    assert one["owner"] == {"name": "keepers"}
    assert one["url"].startswith("https://a.zoo/superset/dashboard/zoo-")
    settings.write_text(text.replace("{foretell_gates: false}", "{foretell_owner: [1]}"))
    done = project.foretell("dashboards", "exposures")
    assert done.returncode == 1
    assert "has `foretell_owner: [1]` under vars; it must be text" in done.stdout
    assert (project.folder / FILE).exists()


def test_impact_of_a_model_of_the_zoo(zoo: Project) -> None:
    done = zoo.foretell("impact", "weekly")
    assert done.returncode == 0, done.stdout
    assert "pred_thing__sold" in done.stdout
    assert "by its own SQL, from weekly" in done.stdout
    assert "pred_thing__grade" not in done.stdout
    assert "Turnover" in done.stdout
    assert "Business overview (business_overview)" in done.stdout


def test_impact_of_a_reserved_word_in_capitals(zoo: Project) -> None:
    done = zoo.foretell("impact", "kpi_sales.group")
    assert done.returncode == 0, done.stdout
    charts = done.stdout.partition("Charts")[2]
    assert "Things offered" in charts
    assert "Share sold" in charts
    assert "Turnover" not in charts


def test_a_column_is_followed_to_its_features_and_charts(grocery: Any) -> None:
    found = grocery("fct_baskets.discount_usd")
    lapse, *_ = found.predictions
    assert lapse.name == "pred_household__lapse_28d"
    assert not lapse.is_sure
    assert lapse.features == {"feat_household__baskets": ["baskets_discount_share_56d"]}
    assert lapse.relations == ()
    overview = next(one for one in found.dashboards if one.name == "business_overview")
    assert "Discount share" in overview.charts
    assert "Sales" not in overview.charts


def test_what_a_feature_view_declares_is_sure_and_no_other_prediction_is_named(
    grocery: Any,
) -> None:
    found = grocery("feat_store__prices.average_price_usd")
    (lapse,) = found.predictions
    assert lapse.is_sure
    assert lapse.features == {"feat_store__prices": ["prices_average_price_usd"]}
    charts = [chart for page in found.dashboards for chart in page.charts]
    assert "Calibration: Households about to lapse" in charts
    assert not [chart for chart in charts if "Coupon redemptions" in chart]
    assert "rows__pred_household__spend_28d" not in found.datasets


def test_what_nobody_reads_touches_nothing(grocery: Any) -> None:
    found = grocery("kpi_daily.coupon_redemptions")
    assert found.predictions == ()
    assert grocery("foretell_leakage").dashboards == ()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("fct_basket", r"no model, seed or snapshot 'fct_basket'.*Did you mean fct_baskets"),
        ("fct_baskets.discount", r"declares no column 'discount'.*discount_usd"),
    ],
)
def test_an_unknown_name_is_refused_with_what_is_like_it(
    grocery: Any, asked: str, said: str
) -> None:
    with pytest.raises(ForetellError, match=said):
        grocery(asked)


def test_nothing_but_the_file_is_written(zoo: Project) -> None:
    made = {path.name for path in (zoo.folder / "models" / "exposures").iterdir()}
    assert made == {"_foretell_dashboards.yml"}
    assert json.loads((zoo.folder / "target" / "manifest.json").read_text())["nodes"]
