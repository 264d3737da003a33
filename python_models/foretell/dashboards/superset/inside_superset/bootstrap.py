# mypy: ignore-errors
"""Prepare Superset's own database: tables, roles, the admin. Run by Superset's own Python.

One process does what ``superset db upgrade``, ``superset init`` and ``superset fab
create-admin`` do in three, each of which takes ten seconds to start.
"""

import os
import time

from flask_migrate import upgrade
from superset.app import create_app

started = time.monotonic()


def say(text):
    """One line for the log, with the seconds since the start."""
    print(f"{time.monotonic() - started:6.1f} s  {text}", flush=True)


app = create_app()
say("application ready")
with app.app_context():
    from superset.extensions import appbuilder, db, security_manager

    upgrade(directory=os.path.join(app.root_path, "migrations"))
    say("tables ready")
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    db.session.commit()
    say("roles ready")

    name = os.environ["FORETELL_SUPERSET_USER"]
    password = os.environ["FORETELL_SUPERSET_PASSWORD"]
    user = security_manager.find_user(username=name)
    if user is None:
        admin = security_manager.find_role("Admin")
        new_user = security_manager.add_user(
            name, "foretell", "admin", f"{name}@localhost", admin, password=password
        )
        if not new_user:
            raise SystemExit(f"Superset did not create the user {name!r}")
    else:
        security_manager.reset_password(user.id, password)
    db.session.commit()
    say("admin ready")
