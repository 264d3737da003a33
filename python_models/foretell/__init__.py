"""Predictions as dbt models: declared in SQL and YAML, run by ``dbt build``."""

from typing import Any

from foretell.errors import ForetellError

__all__ = ["ForetellError", "__version__"]


def __getattr__(name: str) -> Any:
    # Reading the version takes longer than importing all else here.
    if name != "__version__":
        raise AttributeError(name)
    from importlib.metadata import version

    return version("foretell")
