"""What a new feature is told of a project: from its last manifest, and from its files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from foretell.errors import ScaffoldError
from foretell.scaffold.project import Column, DbtProject


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project that dbt has not parsed yet."""
    (tmp_path / "dbt_project.yml").write_text("name: shop\nmodel-paths: [sql]\n")
    (tmp_path / "sql" / "marts").mkdir(parents=True)
    for name in ("fct_orders.sql", "dim_customers.py", "pred_customer__churn.sql"):
        (tmp_path / "sql" / "marts" / name).touch()
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "regions.csv").touch()
    return tmp_path


def parse(folder: Path, *nodes: dict[str, Any]) -> None:
    """Leave a manifest as dbt does."""
    whole = [
        {
            "resource_type": "model",
            "package_name": "shop",
            "original_file_path": f"sql/marts/{node['name']}.sql",
            "columns": {},
            "config": {},
        }
        | node
        for node in nodes
    ]
    (folder / "target").mkdir(exist_ok=True)
    said = {"metadata": {"project_name": "shop"}, "nodes": {one["name"]: one for one in whole}}
    (folder / "target" / "manifest.json").write_text(json.dumps(said))


def test_files_are_models_before_dbt_has_run(folder: Path) -> None:
    project = DbtProject.read(folder)
    assert project.models_folder == Path("sql")
    assert set(project.models) == {"fct_orders", "dim_customers", "pred_customer__churn", "regions"}
    assert project.require("fct_orders", flag="--source").path == Path("sql/marts/fct_orders.sql")
    assert [one.name for one in project.predictions("customer_id")] == ["pred_customer__churn"]


def test_the_manifest_adds_what_is_documented(folder: Path) -> None:
    columns = {"paid": {"name": "paid", "data_type": None, "description": "Paid:\n  {{ yes }}"}}
    spec = {"meta": {"prediction": {"entity": "customer_id"}}}
    parse(
        folder,
        {"name": "fct_orders", "columns": columns},
        {"name": "pred_customer__churn", "config": spec},
        {"name": "not_null_x", "resource_type": "test"},
        {"name": "store_view", "package_name": "foretell"},
    )
    project = DbtProject.read(folder)
    assert project.models["fct_orders"].columns == (Column("paid", "", "Paid: yes }}"),)
    assert project.models["store_view"].path is None
    assert "not_null_x" not in project.models
    assert [one.name for one in project.predictions("customer_id")] == ["pred_customer__churn"]
    assert project.predictions("store_id") == []


def test_a_model_that_was_deleted_since_is_unknown(folder: Path) -> None:
    parse(folder, {"name": "fct_gone"})
    with pytest.raises(ScaffoldError, match="`--source fct_gone`: this project has no model"):
        DbtProject.read(folder).require("fct_gone", flag="--source")


def test_an_unknown_model_is_answered_with_near_ones(folder: Path) -> None:
    project = DbtProject.read(folder)
    with pytest.raises(ScaffoldError, match=r"Did you mean fct_orders\? A dbt source needs"):
        project.require("fct_order", flag="--source")
    with pytest.raises(ScaffoldError, match=r"It has \[fct_orders\]"):
        project.require("zzz", flag="--source")


def test_an_ephemeral_model_is_refused(folder: Path) -> None:
    parse(folder, {"name": "fct_orders", "config": {"materialized": "ephemeral"}})
    with pytest.raises(ScaffoldError, match=r"is ephemeral.*Materialize it as a view or a table"):
        DbtProject.read(folder).require("fct_orders", flag="--source")


def test_another_folder_is_refused_with_the_one_that_was_meant(folder: Path) -> None:
    with pytest.raises(ScaffoldError, match=r"has no dbt_project.yml.*--project-dir path/to"):
        DbtProject.read(folder / "sql")
    (folder / "sql" / "dbt_project").mkdir()
    (folder / "sql" / "dbt_project" / "dbt_project.yml").touch()
    with pytest.raises(ScaffoldError, match=r"--project-dir dbt_project$"):
        DbtProject.read(folder / "sql")


def test_half_a_manifest_is_named(folder: Path) -> None:
    parse(folder)
    (folder / "target" / "manifest.json").write_text('{"nodes": {')
    with pytest.raises(ScaffoldError, match=r"manifest.json cannot be read.*dbt parse"):
        DbtProject.read(folder)
