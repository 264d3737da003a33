"""The how-tos for those who work with predictions, followed to the letter on the built demo."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from project import ROOT

if TYPE_CHECKING:
    from conftest import BuiltDemo

HOW_TO = ROOT / "docs" / "how-to"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def follow(blocks: list[tuple[str, str]], project_dir: Path) -> str:
    """Run each command block, apply each diff, and find each shown line in what came before it.

    Returns all output.
    """
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "DO_NOT_TRACK": "1",
        "DBT_USE_COLORS": "false",
        "COLUMNS": "200",
    }
    exports, said, everything = "", "", ""
    for kind, text in blocks:
        if kind == "text":
            for line in text.strip().splitlines():
                assert line in said, f"{line!r} is promised, but this was said:\n{said}"
            continue
        command = ["patch", "--strip=1", "--fuzz=0"] if kind == "diff" else ["bash", "-e"]
        done = subprocess.run(
            command,
            input=text if kind == "diff" else exports + text,
            cwd=project_dir,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}"
        exports += "".join(f"{line}\n" for line in text.splitlines() if line.startswith("export "))
        said = done.stdout
        everything += said
    return everything


def test_a_feature_is_added_as_the_how_to_says(built_demo: BuiltDemo, tmp_path: Path) -> None:
    shutil.copytree(built_demo.project_dir.parent, tmp_path / "demo", symlinks=True)
    project_dir = tmp_path / "demo" / "dbt_project"
    blocks = BLOCK.findall((HOW_TO / "add-a-feature.md").read_text(encoding="utf-8"))
    assert {kind for kind, _ in blocks} == {"sh", "diff", "text"}
    said = follow(blocks, project_dir)
    assert "WARN" not in re.sub(r"WARN=0", "", said), said
    with duckdb.connect(str(project_dir / "data" / "grocery.duckdb"), read_only=True) as con:
        measured = con.execute(
            "select name from analytics_foretell.foretell_feature_worth "
            "where is_latest and prediction = 'pred_household__lapse_28d' "
            "and name in ('letters_count_28d', 'baskets_largest_56d')"
        ).fetchall()
    assert len(measured) == 2


def test_versions_are_handled_as_the_how_to_says(built_demo: BuiltDemo, tmp_path: Path) -> None:
    shutil.copytree(built_demo.project_dir.parent, tmp_path / "demo", symlinks=True)
    project_dir = tmp_path / "demo" / "dbt_project"
    blocks = BLOCK.findall((HOW_TO / "versions.md").read_text(encoding="utf-8"))
    said = follow([block for block in blocks if block[0] == "sh"], project_dir)
    for phrase in (
        "pred_household__lapse_28d (v6)",
        "pred_household__lapse_28d v3, earlier champion",
        "v5 serves instead of v6 from the next dbt build on",
        "v4 serves instead of v5 from the next dbt build on",
    ):
        assert phrase in said


def test_champions_are_signed_as_the_how_to_says(built_demo: BuiltDemo, tmp_path: Path) -> None:
    shutil.copytree(built_demo.project_dir.parent, tmp_path / "demo", symlinks=True)
    project_dir = tmp_path / "demo" / "dbt_project"
    # The store is there from the first build of this version on, which the demo's are.
    follow(BLOCK.findall((HOW_TO / "sign-champions.md").read_text(encoding="utf-8")), project_dir)
    with duckdb.connect(str(project_dir / "data" / "grocery.duckdb"), read_only=True) as con:
        signed = con.execute(
            "select version from analytics_foretell.foretell_store_model_signatures "
            "where prediction = 'pred_household__lapse_28d'"
        ).fetchall()
    assert signed == [(6,), (6,)], "once with each key"


def test_a_gate_stops_a_build_as_the_how_to_says(built_demo: BuiltDemo, tmp_path: Path) -> None:
    shutil.copytree(built_demo.project_dir.parent, tmp_path / "demo", symlinks=True)
    project_dir = tmp_path / "demo" / "dbt_project"
    how_to = (HOW_TO / "when-a-gate-stops-a-build.md").read_text(encoding="utf-8")
    follow(BLOCK.findall(how_to), project_dir)
    written = (tmp_path / "demo/expectations/pred_household__lapse_28d.yml").read_text()
    assert "learned: true" in written
    assert "At least 1,000 households to look at" in written
