"""Five minutes of builds under a reader of all charts: whole, without a failure, and fresh."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from live_builds import read_while_building, superset_of

if TYPE_CHECKING:
    from pathlib import Path

    from project import Project

pytestmark = pytest.mark.prove

SECONDS = 300


def test_every_build_is_seen_within_ten_seconds_and_no_query_fails(
    plain_gym: Project, tmp_path: Path
) -> None:
    with superset_of(plain_gym, tmp_path / "superset") as target:
        seen = read_while_building(plain_gym, target, seconds=SECONDS)
    print(
        f"\n{len(seen.built)} builds, {len(seen.reads)} queries of {len(seen.charts)} charts; "
        f"failed {len(seen.errors)}; longest from the end of a build to its first sight "
        f"{max(seen.first_seen()):.1f} s, to the last sight of an older one "
        f"{max(seen.last_older()):.1f} s"
    )
    assert seen.errors == set()
    assert seen.mixed == []
    assert seen.contradictions == set()
    assert max(seen.first_seen()) <= 10
    assert max(seen.last_older()) <= 10
