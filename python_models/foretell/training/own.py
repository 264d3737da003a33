"""A project's own estimators: functions of its `python_models/` that make a pipeline."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from foretell.errors import SpecError


def let_import(folder: Path) -> None:
    """Let the modules of a project's folder be imported for the rest of this process."""
    place = str(folder.resolve())
    if folder.is_dir() and place not in sys.path:
        sys.path.append(place)


def make_own(name: str, *, seed: int) -> Any:
    """An unfitted pipeline from ``module:function``, called with the seed.

    Raises:
        SpecError: there is no such module or function.
    """
    module, function = name.split(":")
    try:
        make = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise SpecError(
            f"candidates: {name} cannot be loaded: {error}. It means the function {function} in "
            f"python_models/{module.replace('.', '/')}.py of the dbt project (or an installed "
            "module), which takes a seed and returns an unfitted scikit-learn estimator."
        ) from None
    return make(seed)
