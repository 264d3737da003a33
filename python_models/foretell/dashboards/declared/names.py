"""Names that follow from a project and a file, so that a renamed title keeps its object."""

from __future__ import annotations

import uuid

# Never change it: every uuid in every Superset that was pushed to follows from it.
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "foretell.dashboards")


def stable_uuid(project: str, kind: str, *names: str) -> str:
    """Same dbt project, kind and names, same uuid: a new title keeps it, a renamed file does not.

    Two projects share nothing, so one Superset can hold both.
    """
    return str(uuid.uuid5(_NAMESPACE, "/".join((project, kind, *names))))


def slug(project: str, folder: str) -> str:
    """Last part of a dashboard's address.

    >>> slug("grocery", "business_overview")
    'grocery-business-overview'
    """
    return f"{project}-{folder.replace('_', '-')}"
