"""Roles of a Superset and what they may do, over its API."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from foretell.dashboards.sync.assets import LiveAsset
from foretell.dashboards.written.specs import database_name
from foretell.errors import SupersetError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from foretell.dashboards.superset.client import SupersetClient
    from foretell.dashboards.sync.comparable import Content

_ROLES = "/api/v1/security/roles/"
_PERMISSIONS = "/api/v1/security/permissions-resources/"
_ON_DATASET = re.compile(r"datasource_access on \[(.*?)\]\..*\(id:(\d+)\)")


class LiveRoles:
    """Ids of roles by name, and permissions as Superset's page of a role shows them."""

    def __init__(self, client: SupersetClient) -> None:
        """Read the roles.

        Raises
        ------
        SupersetError
            The user may not read them.
        """
        self._client = client
        if not client.may_get(_ROLES):
            raise SupersetError(
                f"The user that pushes to Superset at {client.url} may not read roles: that takes "
                "Superset's role Admin. Push as an admin; or write `{}` to "
                "dashboards/_shared/roles.yaml, and give roles their dashboards in Superset."
            )
        self.ids: dict[str, int] = {
            row["name"]: row["id"] for row in client.all(_ROLES, ("id", "name"))
        }
        self._numbers: dict[str, int] = {}
        self._permissions: dict[str, frozenset[str]] = {}

    def require(self, name: str, file: object) -> None:
        """Refuse a role that is neither here nor described.

        Raises
        ------
        SupersetError
            There is no such role.
        """
        if name not in self.ids:
            raise SupersetError(
                f"{file} gives dashboards to role {name!r}, which Superset at {self._client.url} "
                f"does not have; it has {sorted(self.ids)}. Make the role there, or say what it "
                "may do: `may: look`."
            )

    def known(self, permissions: Iterable[str]) -> set[str]:
        """Those permissions that this Superset knows."""
        return {permission for permission in permissions if permission in self._number_of()}

    def permissions_of(self, name: str) -> frozenset[str]:
        """What a role may do; nothing if it does not exist."""
        if name not in self.ids:
            return frozenset()
        if name not in self._permissions:
            rows = self._client.get(f"{_ROLES}{self.ids[name]}/permissions/")["result"]
            self._permissions[name] = frozenset(
                f"{row['permission_name']} on {row['view_menu_name']}" for row in rows
            )
        return self._permissions[name]

    def as_assets(
        self, uuids: Mapping[str, str], live: Mapping[str, LiveAsset]
    ) -> dict[str, LiveAsset]:
        """Roles by uuid, as far as they exist; ``uuids`` has them by name.

        A role that may do nothing is left out: a push made it, and was killed before it went on.
        """
        datasets = {asset.id: uuid for uuid, asset in live.items() if asset.kind == "dataset"}
        return {
            uuid: LiveAsset("role", uuid, self.ids[name], self._content(name, datasets))
            for name, uuid in uuids.items()
            if self.permissions_of(name)
        }

    def put(self, name: str, content: Content, live: Mapping[str, LiveAsset]) -> None:
        """Make or change a role so that it may do this and nothing else, but for what it may read
        of other projects.
        """
        self._numbers = {}  # a dataset that was just imported brought a permission of its own
        if name not in self.ids:
            self.ids[name] = self._client.post(_ROLES, {"name": name})["id"]
        on_datasets = {
            int(match[2]): number
            for permission, number in self._number_of().items()
            if (match := _ON_DATASET.fullmatch(permission))
        }
        numbers = [self._number_of()[permission] for permission in content["permissions"]]
        numbers += [on_datasets[live[uuid].id] for uuid in content["datasets"]]
        own_ids = {asset.id for asset in live.values() if asset.kind == "dataset"}
        numbers += [self._number_of()[permission] for permission in self._of_others(name, own_ids)]
        self._client.post(
            f"{_ROLES}{self.ids[name]}/permissions",
            {"permission_view_menu_ids": sorted(set(numbers))},
        )
        self._permissions.pop(name, None)

    def give(self, dashboard: int, names: Iterable[str]) -> None:
        """Say which roles see a dashboard."""
        roles = [self.ids[name] for name in names if name in self.ids]
        self._client.put(f"/api/v1/dashboard/{dashboard}", {"roles": roles})

    def count_holders(self, name: str) -> int:
        """How many users and groups have a role."""
        rows = self._client.all(f"{_ROLES}search/", ("id", "name"))
        return sum(
            len(row["user_ids"]) + len(row["group_ids"]) for row in rows if row["name"] == name
        )

    def databases_of_others(self, name: str, own_ids: set[int]) -> list[str]:
        """Databases of other projects, of which a role may read something."""
        return sorted({match[1] for match in self._of_others(name, own_ids).values()})

    def remove(self, name: str) -> None:
        """Delete a role."""
        self._client.delete(f"{_ROLES}{self.ids.pop(name)}")

    def _content(self, name: str, datasets: Mapping[int, str]) -> Content:
        content: dict[str, dict[str, Any]] = {"permissions": {}, "datasets": {}}
        for permission in self.permissions_of(name):
            match = _ON_DATASET.fullmatch(permission)
            if match and int(match[2]) in datasets:
                content["datasets"][datasets[int(match[2])]] = True
            elif not _is_of_a_project(permission):
                content["permissions"][permission] = True
        return content

    def _of_others(self, name: str, own_ids: set[int]) -> dict[str, re.Match[str]]:
        """Permissions of a role on datasets of other projects in the same Superset."""
        return {
            permission: match
            for permission in self.permissions_of(name)
            if (match := _ON_DATASET.fullmatch(permission))
            and _is_of_a_project(permission)
            and int(match[2]) not in own_ids
        }

    def _number_of(self) -> dict[str, int]:
        if not self._numbers:
            columns = ("id", "permission.name", "view_menu.name")
            self._numbers = {
                f"{row['permission']['name']} on {row['view_menu']['name']}": row["id"]
                for row in self._client.all(_PERMISSIONS, columns)
            }
        return self._numbers


def _is_of_a_project(permission: str) -> bool:
    """Whether it is on a dataset that a push of some project made: its database says so."""
    match = _ON_DATASET.fullmatch(permission)
    return match is not None and match[1].startswith(database_name(""))
