"""Stored models: as bytes that cannot run code, and signed where a key is set."""
