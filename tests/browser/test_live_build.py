"""Dashboards while `dbt build` runs: no failed query, never two builds in one, and each is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from live_builds import builds_beside_an_open_query, read_while_building, superset_of

if TYPE_CHECKING:
    from pathlib import Path

    from project import Project

pytestmark = pytest.mark.browser


def test_charts_show_one_whole_build_while_the_next_is_made(
    demo_superset: Any, plain_gym: Project, tmp_path: Path
) -> None:
    with superset_of(plain_gym, tmp_path / "superset", like=demo_superset.home) as target:
        seen = read_while_building(plain_gym, target)
        before, after, was_open = builds_beside_an_open_query(target)
    assert seen.errors == set()
    assert seen.mixed == []
    assert seen.contradictions == set()
    assert len(seen.built) >= 3
    assert float("inf") not in seen.first_seen()
    assert was_open
    assert before != after == "copy"
    # The others had no rows, which no build can be told from.
    assert len(seen.told) > len(seen.charts) / 2
