"""The role that Superset connects as to read a warehouse: made by a push, checked by all."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from foretell.client.dbt_command import ask
from foretell.dashboards.superset.home import secret
from foretell.errors import SupersetError, WarehouseError

if TYPE_CHECKING:
    from pathlib import Path

    from foretell.dashboards.superset.home import SupersetHome
    from foretell.warehouse.served import Served


def read_as_reader(project_dir: Path, home: SupersetHome, *, make: bool) -> Served:
    """What the role of dashboards may read in the target that dbt would build.

    Parameters
    ----------
    make
        Whether the role is made where it is missing, and its rights are renewed.

    Raises
    ------
    SupersetError
        It cannot read all that is served, or can read what it must not; says what to do.
    """
    from foretell.warehouse.postgres_reader import PASSWORD_VARIABLE, READER
    from foretell.warehouse.postgres_served import PostgresServed

    password = os.environ.get(PASSWORD_VARIABLE) or _kept_password(home, make=make)
    (row,) = ask(
        project_dir,
        "{{ foretell.reader(make=" + str(make).lower() + ") }}",
        environment={PASSWORD_VARIABLE: password or ""},
    )
    answer = json.loads(row["answer"])
    if answer["exposed"]:
        raise SupersetError(
            f"The role {READER}, as which dashboards read, may read "
            f"{', '.join(answer['exposed'])}, which foretell keeps for itself and which may hold "
            "what is known of persons. Nothing was sent. Take that right away: from the role, from "
            "a role that it is a member of, or from public."
        )
    if answer["missing"] and not make:
        raise SupersetError(
            f"The role {READER}, as which dashboards read, may not read all that is served: "
            "`foretell dashboards push` makes it and renews its rights."
        )
    if answer["missing"]:
        raise SupersetError(
            f"Dashboards read as the role {READER}, and dbt's user may not give it all that it "
            "needs. Nothing was sent. Ask an administrator of the database to run what follows, "
            f"set {PASSWORD_VARIABLE} to the role's password if it is new, and push again:\n"
            + "\n".join(answer["missing"])
        )
    if not password:
        raise SupersetError(
            f"The password of the role {READER}, as which dashboards read, is not known here: set "
            f"{PASSWORD_VARIABLE} to it."
        )
    try:
        return PostgresServed(answer["place"], answer["schemas"], password=password)
    except WarehouseError as error:
        raise SupersetError(str(error)) from None


def _kept_password(home: SupersetHome, *, make: bool) -> str | None:
    file = home.reader_password_file
    if make:
        home.create()
        return secret(file)[0]
    return file.read_text().strip() if file.exists() else None
