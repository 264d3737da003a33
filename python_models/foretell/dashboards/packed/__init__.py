"""Superset's import format, made of what is written."""
