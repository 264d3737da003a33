"""Realised performance and drift."""
