"""Predictions as dbt models: declared in SQL and YAML, run by ``dbt build``."""

from importlib.metadata import version

from foretell.errors import ForetellError

__all__ = ["ForetellError", "__version__"]
__version__ = version("foretell")
