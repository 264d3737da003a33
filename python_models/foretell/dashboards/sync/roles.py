"""What ``dashboards/_shared/roles.yaml`` says in Superset's words, and what was edited there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ruamel.yaml.comments import CommentedMap

from foretell.dashboards.declared.manifest import stable_uuid
from foretell.dashboards.sync.assets import CodeAsset
from foretell.dashboards.sync.live_roles import LiveRoles
from foretell.dashboards.written.specs import LineSpec
from foretell.dashboards.written.yaml_text import as_written, dump, load
from foretell.errors import SupersetError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from foretell.dashboards.superset.client import SupersetClient
    from foretell.dashboards.sync.assets import LiveAsset
    from foretell.dashboards.sync.live_roles import LiveRoles
    from foretell.dashboards.written.folder import Assets
    from foretell.dashboards.written.role_spec import RoleSpec


#: Looking at dashboards, filtering them, sharing a link to them and taking their rows away as CSV.
LOOK = (
    "can_csv on Superset",
    "can_dashboard on Superset",
    "can_dashboard_permalink on Superset",
    "can_get on MenuApi",
    "can_language_pack on Superset",
    "can_log on Superset",
    "can_read on Chart",
    "can_read on CurrentUserRestApi",
    "can_read on Dashboard",
    "can_read on DashboardFilterStateRestApi",
    "can_read on DashboardPermalinkRestApi",
    "can_read on SecurityRestApi",
    "can_read on Theme",
    "can_read on security",
    "can_read on user",
    "can_recent_activity on Log",
    "can_share_dashboard on Superset",
    "can_this_form_get on ResetMyPasswordView",
    "can_this_form_post on ResetMyPasswordView",
    "can_time_range on Api",
    "can_userinfo on UserDBModelView",
    "can_write on DashboardFilterStateRestApi",
    "can_write on DashboardPermalinkRestApi",
    "menu_access on Dashboards",
    "menu_access on Home",
    "resetmypassword on UserDBModelView",
)
#: Everything but administration, with SQL Lab: Superset's own two roles for that.
ANALYSE = ("Alpha", "sql_lab")


def roles_by_dashboard(assets: Assets) -> dict[str, list[str]]:
    """Names of the roles that see each dashboard, by its uuid; none where there are no roles."""
    if not assets.roles:
        return {}
    return {
        stable_uuid(assets.project, "dashboard", folder): [
            name for name, role in assets.roles.items() if role.sees(folder)
        ]
        for folder in assets.dashboards
    }


def role_assets(assets: Assets, live: LiveRoles) -> dict[str, CodeAsset]:
    """Every role whose permissions are written here, by uuid."""
    by_uuid = {}
    for name, role in assets.roles.items():
        if role.may is None:
            live.require(name, assets.roles_file)
            continue
        datasets = _datasets_of_events(assets, role) if role.may == "look" else ()
        granted = (
            live.known(LOOK)
            if role.may == "look"
            else {
                permission for built_in in ANALYSE for permission in live.permissions_of(built_in)
            }
        )
        content: dict[str, Any] = {
            "permissions": dict.fromkeys(sorted(granted), True),
            "datasets": dict.fromkeys(datasets, True),
        }
        uuid = stable_uuid(assets.project, "role", name)
        by_uuid[uuid] = CodeAsset("role", uuid, name, "", "", content, "", datasets)
    return by_uuid


def put_roles(
    roles: LiveRoles, assets: Collection[CodeAsset], live: Mapping[str, LiveAsset]
) -> None:
    """Make or change the roles among what is sent, then say who sees its dashboards."""
    for asset in assets:
        if asset.kind == "role":
            roles.put(asset.name, asset.content, live)
    for asset in assets:
        if asset.roles is not None:
            roles.give(live[asset.uuid].id, asset.roles)


def _datasets_of_events(assets: Assets, role: RoleSpec) -> tuple[str, ...]:
    """Datasets that a line's events come from, on the role's dashboards.

    Superset shows a dashboard's charts to whom the dashboard was given, but looks for the chart
    behind an annotation as if somebody had opened that chart by itself.
    """
    return tuple(
        sorted(
            {
                stable_uuid(assets.project, "dataset", dashboard.charts[chart.events.chart].dataset)
                for folder, dashboard in assets.dashboards.items()
                if role.sees(folder)
                for chart in dashboard.charts.values()
                if isinstance(chart, LineSpec) and chart.events is not None
            }
        )
    )


def given(text: str, role: str, dashboard: str, *, everything: Collection[str]) -> str:
    """The file with one more dashboard for a role, which may be one that it did not name yet."""
    document = load(text)
    entry = document.setdefault(role, CommentedMap())
    entry["dashboards"] = as_written([*_listed(entry, everything), dashboard])
    if len(entry) == 1:
        entry.fa.set_flow_style()
    return dump(document)


def taken(text: str, role: str, dashboard: str, *, everything: Collection[str]) -> str:
    """The file with one dashboard less for a role; a role that had `all` keeps all the others."""
    document = load(text)
    entry = document[role]
    entry["dashboards"] = as_written(
        [name for name in _listed(entry, everything) if name != dashboard]
    )
    return dump(document)


def _listed(entry: CommentedMap, everything: Collection[str]) -> list[str]:
    dashboards = entry.get("dashboards", ())
    return sorted(everything) if dashboards == "all" else list(dashboards)


_USERS = "/api/v1/security/users/"


def add_user(client: SupersetClient, name: str, *, role: str, password: str) -> None:
    """Make a user with a role of this Superset.

    Raises
    ------
    SupersetError
        The role does not exist, or the user does already.
    """
    roles = LiveRoles(client)
    if role not in roles.ids:
        raise SupersetError(
            f"Superset at {client.url} has no role {role!r}; it has {sorted(roles.ids)}. "
            "`foretell dashboards push` makes the roles of dashboards/_shared/roles.yaml."
        )
    if any(user["username"] == name for user in client.all(_USERS, ("id", "username"))):
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
