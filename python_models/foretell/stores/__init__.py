"""Rows of the append-only tables in which runs leave what happened."""
