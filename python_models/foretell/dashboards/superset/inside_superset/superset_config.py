# mypy: ignore-errors
"""Superset's settings; read by Superset's own Python, all values come from ``superset up``.

This folder is no package on purpose: nothing of foretell may import it.
"""

import copy
import hashlib
import hmac
import os

from flask import Response, request, session
from superset.config import TALISMAN_CONFIG as DEFAULT_TALISMAN_CONFIG

SECRET_KEY = os.environ["FORETELL_SUPERSET_SECRET_KEY"]
SQLALCHEMY_DATABASE_URI = "sqlite:///" + os.environ["FORETELL_SUPERSET_METADATA"]
APP_NAME = "foretell"

# The server listens on plain http and on this machine only, so the cookie cannot ask for https.
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = False

# The page loads a tracking pixel even when SCARF_ANALYTICS is false, and map tiles and fonts
# from elsewhere: a policy without foreign addresses stops all of it.
TALISMAN_ENABLED = True
TALISMAN_CONFIG = copy.deepcopy(DEFAULT_TALISMAN_CONFIG)
TALISMAN_CONFIG["force_https"] = False
TALISMAN_CONFIG["session_cookie_secure"] = False
_policy = TALISMAN_CONFIG["content_security_policy"]
for _directive, _sources in _policy.items():
    if isinstance(_sources, list):
        _policy[_directive] = [
            source for source in _sources if source.startswith("'") or source in {"blob:", "data:"}
        ]

# A build swings the serving link at any time; a cached answer would hide it.
DATA_CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}
CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}

# Large enough for every household that a table shows.
ROW_LIMIT = 10_000
PREVENT_UNSAFE_DB_CONNECTIONS = True
RATELIMIT_ENABLED = False
# DASHBOARD_RBAC: a dashboard is seen by the roles that it was given to.
FEATURE_FLAGS = {"ALERT_REPORTS": False, "THUMBNAILS": False, "DASHBOARD_RBAC": True}

# Okabe and Ito's palette: told apart by colour-blind readers.
EXTRA_CATEGORICAL_COLOR_SCHEMES = [
    {
        "id": "okabeIto",
        "label": "Okabe-Ito",
        "description": "Told apart by colour-blind readers",
        "isDefault": True,
        "colors": [
            "#0072B2",
            "#E69F00",
            "#009E73",
            "#CC79A7",
            "#56B4E9",
            "#D55E00",
            "#F0E442",
            "#000000",
        ],
    }
]

# From calm to alarming, and from little to much; both can be told apart in grey, too.
EXTRA_SEQUENTIAL_COLOR_SCHEMES = [
    {
        "id": name,
        "label": label,
        "description": "Told apart by colour-blind readers",
        "isDiverging": False,
        "isDefault": False,
        "colors": colors,
    }
    for name, label, colors in (
        ("foretellAlarm", "Calm to alarming", ["#F7F7F7", "#FBE3B0", "#E69F00", "#D55E00"]),
        ("foretellBlue", "Little to much", ["#F7F7F7", "#BFDCEB", "#56B4E9", "#0072B2"]),
    )
]


def FLASK_APP_MUTATOR(app):  # noqa: N802
    """Let foretell ask for a proof of who answers, and no late report log anybody out."""
    app.add_url_rule("/foretell/proof", "foretell_proof", proof, methods=["GET"])
    app.before_request(drop_events_of_nobody)


def proof():
    """That this is the server of its home: a fresh number, signed as foretell's proof.py does."""
    key = hashlib.sha256(b"foretell: proof of the server: " + SECRET_KEY.encode()).digest()
    nonce = request.args.get("nonce", "")
    signed = hmac.new(key, nonce.encode(), hashlib.sha256).hexdigest()
    return Response(signed, mimetype="text/plain")


def drop_events_of_nobody():
    """Leave the session alone when a page that nobody is logged in to reports its events.

    The login page sends its events a second after it is drawn. Superset refuses them with a
    message, which it keeps in a session of nobody. Were that answer slower than the login, the
    browser would keep its cookie, and whoever had just logged in would be asked to log in again.
    """
    if request.path == "/superset/log/" and "_user_id" not in session:
        return "", 204
    return None


def DB_CONNECTION_MUTATOR(uri, params, username, security_manager, source):  # noqa: N802
    """Open the file that the serving link points to now, read-only and shut off from the rest.

    DuckDB keeps one instance per path and process: while one query is open, a new connection
    to the same path still sees the old build. The resolved path differs for every build.
    """
    if uri.get_backend_name() != "duckdb":
        return uri, params
    uri = uri.set(database=os.path.realpath(uri.database), query={})
    arguments = dict(params.get("connect_args") or {})
    arguments["read_only"] = True
    arguments["config"] = {
        "enable_external_access": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    return uri, {**params, "connect_args": arguments}
