"""What a Superset holds of the objects that the code or the records know."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from foretell.dashboards.sync.assets import KINDS, LiveAsset
from foretell.dashboards.sync.comparable import comparable
from foretell.dashboards.written.yaml_text import read_plain

if TYPE_CHECKING:
    from collections.abc import Collection

    from foretell.dashboards.superset.client import SupersetClient
    from foretell.dashboards.sync.comparable import Content

_KINDS_BY_FOLDER = {f"{kind}s": kind for kind in KINDS}


def live_assets(
    client: SupersetClient, uuids: Collection[str], *, with_roles: bool = False
) -> dict[str, LiveAsset]:
    """Objects with these uuids by uuid; those that Superset does not have are left out.

    Superset's export is asked, because it speaks of other objects by uuid, as the import does.
    It does not know which roles see a dashboard; ``with_roles`` asks for them besides.
    """
    ids: dict[str, tuple[str, int]] = {}
    roles: dict[str, list[str]] = {}
    for kind in KINDS:
        more = ("roles.name",) if with_roles and kind == "dashboard" else ()
        for row in client.all(f"/api/v1/{kind}/", ("id", "uuid", *more)):
            if row["uuid"] in uuids:
                ids[row["uuid"]] = (kind, row["id"])
                if more:
                    roles[row["uuid"]] = [role["name"] for role in row["roles"]]
    by_id = {(kind, number): uuid for uuid, (kind, number) in ids.items()}
    assets: dict[str, LiveAsset] = {}
    # An export brings along what an object needs, so that of the pages holds most of the rest. Only
    # a database is written in two ways: what counts is its own export, which comes last.
    for kind in reversed(KINDS):
        numbers = sorted(
            number for uuid, (of, number) in ids.items() if of == kind and uuid not in assets
        )
        if not numbers:
            continue
        archive = client.download(f"/api/v1/{kind}/export/?q=!({','.join(map(str, numbers))})")
        for path, text in _files(archive):
            exported = _KINDS_BY_FOLDER.get(path.partition("/")[0])
            if exported is None or (exported == "database" and kind != "database"):
                continue
            content = read_plain(text)
            uuid = content["uuid"]
            if uuid not in ids or uuid in assets:
                continue
            if exported == "chart":
                _name_events(content, by_id)
            live_content = comparable(exported, content)
            if uuid in roles:
                live_content["roles"] = dict.fromkeys(roles[uuid], True)
            assets[uuid] = LiveAsset(exported, uuid, ids[uuid][1], live_content)
    return assets


def _files(archive: bytes) -> list[tuple[str, str]]:
    with zipfile.ZipFile(io.BytesIO(archive)) as zip_file:
        return [
            (name.partition("/")[2], zip_file.read(name).decode()) for name in zip_file.namelist()
        ]


def _name_events(content: Content, by_id: dict[tuple[str, int], str]) -> None:
    """Say by uuid which chart the events come from: Superset only knows its own number."""
    for layer in content.get("params", {}).get("annotation_layers") or []:
        if layer.get("sourceType") in {"table", "line"}:
            layer["value"] = by_id.get(("chart", layer["value"]), layer["value"])
