"""A built project whose served rows hold texts that look like HTML, as customers may write them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from project import Project

LINK = '<a href="https://example.org">x</a>'
IMAGE = '<img src=x onerror="window.__hit=1">'
#: Each tries to leave the place that it is put into.
KEYS = (f'"><{IMAGE[1:]}', "javascript:window.__hit=1", "it's ! & <25", LINK)
PREDICTION = "pred_member__quits_30d"
TITLE = "Members' <b>farewells</b> & *returns*"


def bring_in_foreign_text(gym: Project) -> None:
    """Put such texts into keys, reasons, slices and messages, behind foretell's back.

    The manifest says a link, a slice and a title, as after `dbt parse`; nothing is built anew.
    """
    path = gym.folder / "target" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    node = manifest["nodes"][f"model.gym.{PREDICTION}"]
    meta = node["config"]["meta"]
    meta |= {"title": TITLE, "entity_link": "https://crm.example.com/{}?all=1&by=key"}
    meta["prediction"] |= {"slices": ["plan"]}
    path.write_text(json.dumps(manifest), encoding="utf-8")
    with duckdb.connect(str(gym.serving.resolve())) as serving:
        serving.execute(
            f"""
            create or replace table {PREDICTION} as
            with numbered as (
                select *, row_number() over (order by is_latest desc, score desc) as place
                from {PREDICTION}
            )
            select * exclude (place) replace (
                coalesce(list_extract($keys, place), member_id::varchar) as member_id,
                'Said: ' || $link || ', typically 3' as reason_1,
                $image as reason_2,
                'Tom & Jerry''s <25' as reason_3
            ),
            case place % 3 when 0 then $link when 1 then $image else 'Tom & Jerry''s' end as plan
            from numbered
            """,
            {"keys": list(KEYS), "link": LINK, "image": IMAGE},
        )
        serving.execute("update foretell_runs set message = $1", [f"{LINK} and {IMAGE}"])
        serving.execute(
            "update foretell_trust set sentence = $1", [f"Not known. It's {LINK} & {IMAGE}"]
        )
        serving.execute(
            f"insert into foretell_slice_quality (prediction, as_of_date, model_version, origin, "
            f"slice, row_count) select '{PREDICTION}', current_date, 1, 'live', $1, 9",
            [f"plan = {IMAGE}"],
        )
