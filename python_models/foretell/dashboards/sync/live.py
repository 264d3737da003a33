"""What a Superset holds of the objects that the code or the records know."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from foretell.dashboards.sync.assets import KINDS, LiveAsset
from foretell.dashboards.sync.comparable import comparable
from foretell.dashboards.written.yaml_text import read_plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from foretell.dashboards.superset.client import SupersetClient
    from foretell.dashboards.sync.comparable import Content


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
    # An export brings along what an object needs, so that of the pages holds most of the rest.
    for asked in reversed(KINDS):
        numbers = [
            number for uuid, (kind, number) in ids.items() if kind == asked and uuid not in assets
        ]
        for kind, content in _exported(client, asked, numbers) if numbers else ():
            uuid = content["uuid"]
            if uuid not in ids or uuid in assets:
                continue
            if kind == "chart":
                _name_events(content, by_id)
            live_content = comparable(kind, content)
            if uuid in roles:
                live_content["roles"] = dict.fromkeys(roles[uuid], True)
            assets[uuid] = LiveAsset(kind, uuid, ids[uuid][1], live_content)
    return assets


def _exported(
    client: SupersetClient, asked: str, numbers: Sequence[int]
) -> Iterator[tuple[str, Content]]:
    """Objects of a kind and those that they need, each with its kind.

    A database comes with its own export only: as others bring it along, it lacks settings.
    """
    listing = ",".join(map(str, sorted(numbers)))
    for path, text in _files(client.download(f"/api/v1/{asked}/export/?q=!({listing})")):
        kind = path.partition("/")[0].removesuffix("s")
        if kind in KINDS and (kind != "database" or asked == "database"):
            yield kind, read_plain(text)


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
