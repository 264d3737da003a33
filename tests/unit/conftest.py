"""Unit tests share `made.py`, which lies beside this file."""
