"""Roles as ``dashboards/_shared/roles.yaml`` says them: who may do what, and sees which pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from foretell.errors import SupersetError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

#: Roles whose permissions Superset itself writes anew when it is upgraded.
BUILT_IN = ("Admin", "Alpha", "Gamma", "Public", "sql_lab")


class RoleSpec(BaseModel):
    """What one role may do, and which dashboards are given to it.

    Without ``may`` the role must exist, and its permissions are nobody's business here.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    may: Literal["look", "analyse"] | None = None
    dashboards: tuple[str, ...] | Literal["all"] = ()

    def sees(self, dashboard: str) -> bool:
        """Whether a dashboard is given to the role."""
        return self.dashboards == "all" or dashboard in self.dashboards


def check_roles(file: object, roles: Mapping[str, RoleSpec], dashboards: Collection[str]) -> None:
    """Refuse what cannot be given.

    Raises
    ------
    SupersetError
        A dashboard does not exist, or the role is Superset's own.
    """
    for name, role in roles.items():
        pages = () if role.dashboards == "all" else role.dashboards
        if unknown := [dashboard for dashboard in pages if dashboard not in dashboards]:
            raise SupersetError(
                f"{file} gives role {name!r} the dashboards {unknown}; there is "
                f"{sorted(dashboards)}."
            )
        if role.may and name in BUILT_IN:
            raise SupersetError(
                f"{file} says what role {name!r} may do, but that role is Superset's own. Leave "
                "`may` out, or choose another name."
            )
