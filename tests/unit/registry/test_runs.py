"""Which runs count, by the records that they left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from small import Small

from foretell.registry.runs import last_success

if TYPE_CHECKING:
    from pathlib import Path


def test_a_refused_run_does_not_count_as_the_last_success(tmp_path: Path) -> None:
    """What matured before it is new to the gates of the next run."""
    small = Small(tmp_path / "small.duckdb", is_new=True)
    request = small.request("", "2025-12-31")
    about = {"prediction": "pred", "step": "build"}
    for day, status in (("2025-07-10", "published"), ("2025-08-10", "refused")):
        record = {**about, "run_id": day, "today": day, "status": status}
        small.warehouse.append(request.store("runs"), [record])
    assert str(last_success(request, small.warehouse)) == "2025-07-10"
    small.close()
