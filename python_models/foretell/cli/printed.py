"""How commands print: what stores, dbt and people wrote comes out as it is.

Rich reads `[a, b]` as markup and drops it, fails at `[/x]`, and makes pictures of `:name:`. What is
printed here is plain text; what has a style is a `Text`.
"""

from __future__ import annotations

from rich.console import Console


def plain_console() -> Console:
    """A console for answers, which prints strings, and those in tables, literally."""
    return Console(highlight=False, markup=False, emoji=False)
