"""Superset as code: the server, the assets and their import."""
