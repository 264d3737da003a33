"""What a prediction costs a build that only scores, beside the same build without it."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import BuiltDemo

pytestmark = pytest.mark.prove

ROUNDS = 3


def _cpu_seconds(project_dir: Path, *options: str) -> float:
    """CPU of one `dbt build` on the demo's last day, all its threads together."""
    dbt = Path(sys.executable).with_name("dbt")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [dbt, "--quiet", "build", *options],
        cwd=project_dir,
        check=True,
        env={**os.environ, "FORETELL_TODAY": "2018-01-01", "DO_NOT_TRACK": "1"},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_a_score_only_build_costs_at_most_three_times_one_without_the_prediction(
    built_demo: BuiltDemo,
) -> None:
    whole, without = [], []
    for _ in range(ROUNDS):
        whole.append(_cpu_seconds(built_demo.project_dir))
        without.append(
            _cpu_seconds(built_demo.project_dir, "--exclude", "config.materialized:prediction+")
        )
    ratio = statistics.median(whole) / statistics.median(without)
    print(
        f"\nCPU ratio {ratio:.2f} (with {statistics.median(whole):.1f} s, "
        f"without {statistics.median(without):.1f} s; medians of {ROUNDS}, interleaved)"
    )
    assert ratio <= 3
