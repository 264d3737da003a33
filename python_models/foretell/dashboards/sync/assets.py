"""The things that a Superset holds and the code describes: database, datasets, charts, pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from foretell.dashboards.declared.manifest import stable_uuid
from foretell.dashboards.sync.comparable import Content, comparable, hidden_hash
from foretell.dashboards.sync.page_tree import chart_uuids
from foretell.dashboards.written.yaml_text import read_plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from foretell.dashboards.packed.packer import Files

#: What is imported and exported, in the order in which they need each other.
KINDS = ("database", "dataset", "chart", "dashboard")
#: With what is set besides: a role names datasets, a dashboard names roles.
ALL_KINDS = ("database", "dataset", "chart", "role", "dashboard")


@dataclass(frozen=True)
class CodeAsset:
    """One object as the code says it.

    Attributes
    ----------
    kind, uuid
        What it is, and who it is in every Superset.
    name
        As in ``dashboards/``: `sales_by_day`, `business_overview/sales_by_day`.
    path, text
        The file to import; empty for a role.
    content
        What can be compared.
    hidden
        Hash of what is sent besides.
    needs
        Uuids of what it refers to.
    layers
        Events on a line; Superset's import strips them, so they are sent afterwards.
    roles
        Names of the roles that see a dashboard, sent afterwards, too; None: not said.

    """

    kind: str
    uuid: str
    name: str
    path: str
    text: str
    content: Content
    hidden: str
    needs: tuple[str, ...]
    layers: tuple[Content, ...] = ()
    roles: tuple[str, ...] | None = None


@dataclass(frozen=True)
class LiveAsset:
    """One object as a Superset has it; `id` is its number there."""

    kind: str
    uuid: str
    id: int
    content: Content


def code_assets(
    files: Files,
    layers: Mapping[str, list[Content]],
    roles: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, CodeAsset]:
    """Every object of the packed files by uuid.

    ``layers`` are the events by chart, ``roles`` who sees a dashboard.
    """
    viewers = roles or {}
    assets = {}
    for path, text in files.items():
        folder, _, rest = path.partition("/")
        kind = folder.removesuffix("s")
        if kind not in KINDS:
            continue
        document: Content = read_plain(text)
        uuid = document["uuid"]
        name = rest.rpartition("/")[2].removesuffix(".yaml").replace("__", "/", 1)
        events = layers.get(uuid, [])
        if events:
            document["params"]["annotation_layers"] = events
        content = comparable(kind, document)
        seen_by = tuple(viewers[uuid]) if uuid in viewers else None
        if seen_by is not None:
            content["roles"] = dict.fromkeys(seen_by, True)
        assets[uuid] = CodeAsset(
            kind=kind,
            uuid=uuid,
            name=name if kind == "chart" else rest.rpartition("/")[2].removesuffix(".yaml"),
            path=path,
            text=text,
            content=content,
            hidden=hidden_hash(kind, document),
            needs=(*_needs(kind, document), *(stable_uuid("role", role) for role in seen_by or ())),
            layers=tuple(events),
            roles=seen_by,
        )
    return assets


def _needs(kind: str, document: Mapping[str, Any]) -> tuple[str, ...]:
    if kind == "dataset":
        return (document["database_uuid"],)
    if kind == "chart":
        return (document["dataset_uuid"],)
    if kind == "dashboard":
        return tuple(sorted(chart_uuids(document["position"]).values()))
    return ()
