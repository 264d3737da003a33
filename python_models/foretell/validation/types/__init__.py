"""Our own Great Expectations types, and those of a project's `expectations/custom/`.

A suite names them in snake_case, as it names Great Expectations' own. What each means stands in
`docs/reference/expectations.md`. Importing this package does not import Great Expectations, which
takes seconds: `register` does, so only a gate that has lines to evaluate pays for it.
"""

from __future__ import annotations

import importlib

from foretell.validation.types.custom import load_custom

__all__ = ["load_custom", "register"]

_MODULES = (
    "calibration",
    "columns",
    "complete",
    "drift",
    "freshness",
    "key",
    "labels",
    "patterns",
    "quantile",
    "scores",
)


def register() -> None:
    """Let suites name our own types; a second call does nothing."""
    for module in _MODULES:
        importlib.import_module(f"{__name__}.{module}")
