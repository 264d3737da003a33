"""Serving forms: what scores a version's rows, and how it is stored."""
