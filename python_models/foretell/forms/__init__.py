"""Serving forms: what scores rows, as plain arrays and numbers where a model allows it."""
