"""People who log in: one user, one role, a password that only the environment or a prompt holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from foretell.dashboards.sync.live_roles import LiveRoles
from foretell.errors import SupersetError

if TYPE_CHECKING:
    from foretell.dashboards.superset.client import SupersetClient

_USERS = "/api/v1/security/users/"


def add_user(client: SupersetClient, name: str, *, role: str, password: str) -> None:
    """Make a user with a role of this Superset.

    Raises:
        SupersetError: the role does not exist, or the user does already.

    """
    roles = LiveRoles(client)
    if role not in roles.ids:
        raise SupersetError(
            f"Superset at {client.url} has no role {role!r}; it has {sorted(roles.ids)}. "
            "`foretell dashboards push` makes the roles of dashboards/_shared/roles.yaml."
        )
    if any(one["username"] == name for one in client.all(_USERS, ("id", "username"))):
        raise SupersetError(
            f"Superset at {client.url} has a user {name!r} already. Roles and passwords of users "
            "are changed in Superset: Settings, List Users."
        )
    client.post(
        _USERS,
        {
            "username": name,
            "first_name": name,
            "last_name": role,
            "email": f"{name}@localhost",
            "active": True,
            "password": password,
            "roles": [roles.ids[role]],
        },
    )
