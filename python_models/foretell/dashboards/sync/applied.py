"""What was last applied, kept in Superset itself: an annotation layer with one entry per object.

It travels with the objects, so that everyone who pushes sees the same, and no browser edit
touches it. See docs/decisions/0013.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from foretell.dashboards.sync.compare import Record
from foretell.errors import SupersetError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from foretell.dashboards.superset.client import SupersetClient

_LAYERS = "/api/v1/annotation_layer/"


class AppliedRecords:
    """Records of one project in one Superset, by uuid."""

    def __init__(self, client: SupersetClient, project: str) -> None:
        """Read them all; nothing is written yet."""
        self._client = client
        self._name = f"foretell: applied from {project}"
        self._layer: int | None = None
        self._ids: dict[str, int] = {}
        self.by_uuid: dict[str, Record] = {}
        for layer in client.all(_LAYERS, ("id", "name")):
            if layer["name"] == self._name:
                self._layer = layer["id"]
                self._read()

    def write(self, records: Iterable[Record]) -> None:
        """Add or replace."""
        for record in records:
            if self.by_uuid.get(record.uuid) == record:
                continue
            content = _to_annotation(record)
            number = self._ids.get(record.uuid)
            if number is None:
                self._ids[record.uuid] = self._client.post(self._entries, content)["id"]
            else:
                self._client.put(f"{self._entries}{number}", content)
            self.by_uuid[record.uuid] = record

    def forget(self, uuids: Iterable[str]) -> None:
        """Remove."""
        for uuid in uuids:
            if self.by_uuid.pop(uuid, None) is not None:
                self._client.delete(f"{self._entries}{self._ids.pop(uuid)}")

    @property
    def _entries(self) -> str:
        if self._layer is None:
            layer = self._client.post(
                _LAYERS,
                {
                    "name": self._name,
                    "descr": "What `foretell dashboards push` last applied. Without it, a push "
                    "cannot tell an edit from an old version and asks.",
                },
            )
            self._layer = int(layer["id"])
        return f"{_LAYERS}{self._layer}/annotation/"

    def _read(self) -> None:
        for entry in self._client.all(self._entries, ("id", "short_descr", "long_descr")):
            try:
                record = Record(**json.loads(entry["long_descr"]))
            except (TypeError, ValueError):
                raise SupersetError(
                    f"The entry {entry['short_descr']!r} of the annotation layer {self._name!r} in "
                    f"Superset at {self._client.url} was changed and cannot be read. Delete it "
                    "there; the next push then asks about that object."
                ) from None
            self.by_uuid[record.uuid] = record
            self._ids[record.uuid] = entry["id"]


def _to_annotation(record: Record) -> dict[str, Any]:
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    content = {
        "kind": record.kind,
        "uuid": record.uuid,
        "name": record.name,
        "code": record.code,
        "live": record.live,
        "hidden": record.hidden,
        "kept": record.kept,
    }
    return {
        "short_descr": f"{record.kind} {record.name}",
        "long_descr": json.dumps(content, sort_keys=True, separators=(",", ":")),
        "start_dttm": now,
        "end_dttm": now,
    }
