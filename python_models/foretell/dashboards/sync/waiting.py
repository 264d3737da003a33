"""What must wait for a person's decision, because it would be broken without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from foretell.dashboards.sync.assets import ALL_KINDS
from foretell.dashboards.sync.compare import Status

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from foretell.dashboards.sync.compare import Verdict
    from foretell.dashboards.sync.session import Compared


def waiting(state: Compared, wanted: AbstractSet[str]) -> dict[str, Verdict]:
    """For each object that cannot be sent now, the one that it waits for.

    A chart waits for its dataset when the code changes that too, for the chart may use the
    change; a page waits for charts that Superset does not have yet.
    """
    verdicts = {one.uuid: one for one in state.verdicts}
    blocked: dict[str, Verdict] = {}
    for kind in ALL_KINDS:
        for asset in state.code.values():
            if asset.kind != kind or asset.uuid not in wanted:
                continue
            for uuid in asset.needs:
                need = verdicts.get(uuid)
                if need is None or (uuid in wanted and uuid not in blocked):
                    continue
                absent = uuid not in state.live
                behind = kind == "chart" and (need.changes or need.status is Status.CHANGED)
                if absent or behind:
                    blocked[asset.uuid] = need
                    break
    return blocked
