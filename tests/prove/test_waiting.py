"""What a contributor waits for, on two idle cores: `make quick` and `make test`."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.prove

CHECKOUT = Path(__file__).parents[2]
MINUTES = {"quick": 2, "test": 20}


@pytest.mark.parametrize("target", MINUTES)
def test_the_checks_end_in_time(target: str) -> None:
    # Once, so that what is installed and compiled only once is not judged.
    subprocess.run(["make", "lint"], cwd=CHECKOUT, check=True)
    started = time.perf_counter()
    subprocess.run(["make", target], cwd=CHECKOUT, check=True)
    minutes = (time.perf_counter() - started) / 60
    print(f"\nmake {target}: {minutes:.1f} minutes")
    assert minutes < MINUTES[target]
