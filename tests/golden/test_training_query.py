"""The training query as dbt compiles it, against the one that a person has read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from project import PREDICTION

if TYPE_CHECKING:
    from project import Project

GOLDEN = Path(__file__).with_name(f"{PREDICTION}.sql")


def test_the_training_query_is_the_golden_one(gym: Project) -> None:
    done = gym.dbt("compile", "--select", PREDICTION)
    assert done.returncode == 0, done.stdout
    manifest = json.loads((gym.folder / "target" / "manifest.json").read_text(encoding="utf-8"))
    compiled = manifest["nodes"][f"model.gym.{PREDICTION}"]["compiled_code"]
    assert compiled.strip() == GOLDEN.read_text(encoding="utf-8").strip(), (
        f"If the new query is right, write it to {GOLDEN.name} by hand:\n{compiled}"
    )
