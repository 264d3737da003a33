"""The first promise of the README: from a fresh clone with empty caches to a dashboard."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.prove

CHECKOUT = Path(__file__).parents[2]


def test_make_demo_ends_with_an_answering_dashboard_in_ten_minutes(tmp_path: Path) -> None:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 8088)) == 0:
            pytest.fail("port 8088 is taken: run `make stop` first, this proof needs it")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", CHECKOUT, clone], check=True)
    environment = {
        **os.environ,
        "UV_CACHE_DIR": str(tmp_path / "uv-cache"),
        "PIP_NO_CACHE_DIR": "1",
    }
    environment.pop("VIRTUAL_ENV", None)
    started = time.perf_counter()
    try:
        subprocess.run(["make", "demo"], cwd=clone, env=environment, check=True)
        minutes = (time.perf_counter() - started) / 60
        answer = httpx.get("http://127.0.0.1:8088/health")
        again = time.perf_counter()
        subprocess.run(["make", "demo"], cwd=clone, env=environment, check=True)
        seconds = time.perf_counter() - again
    finally:
        subprocess.run(["make", "stop"], cwd=clone, env=environment, check=True)
    print(f"\nmake demo, empty caches: {minutes:.1f} minutes; again: {seconds:.0f} seconds")
    assert answer.text == "OK"
    assert minutes < 10
