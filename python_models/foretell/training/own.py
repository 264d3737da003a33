"""A project's own estimators: functions and classes in files of its `python_models/` folder.

The spec says which ones there are, as `module:function`. They come from that folder and from
nowhere else: neither Python's own modules nor installed packages can be named.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from foretell.errors import SpecError


def make_own(name: str, *, folder: Path | None, seed: int) -> Any:
    """An unfitted estimator from ``module:function``, called with the seed.

    Parameters
    ----------
    folder
        The project's `python_models/`; None where there is none.

    Raises
    ------
    SpecError
        There is no such file or function in the folder, or the file cannot be imported.
    """
    module, _, function = name.partition(":")
    make = getattr(_imported(name, module, folder), function, None)
    if not callable(make):
        raise SpecError(f"candidates: {name}: {_file(module)} has no function {function}. {_MEANS}")
    return make(seed)


def own_classes(name: str, *, folder: Path | None) -> frozenset[str]:
    """Classes that the file of ``module:function`` defines itself, as ``module.Class``.

    What the file imports is not among them.

    Raises
    ------
    SpecError
        As for `make_own`.
    """
    module = _imported(name, name.partition(":")[0], folder)
    return frozenset(
        f"{module.__name__}.{attribute}"
        for attribute, value in vars(module).items()
        if isinstance(value, type)
        and value.__module__ == module.__name__
        and value.__name__ == attribute
    )


_MEANS = (
    "`module:function` is a function in a file of the dbt project's python_models/ folder that "
    "takes a seed and returns an unfitted scikit-learn estimator."
)


def _file(module: str) -> str:
    return f"python_models/{module.replace('.', '/')}.py"


def _imported(name: str, module: str, folder: Path | None) -> ModuleType:
    """The module, once it is sure that it and its packages lie in the folder."""
    entry = f"candidates: {name}"
    if folder is None or not folder.is_dir():
        raise SpecError(f"{entry}: {folder or 'python_models'} is no folder. {_MEANS}")
    place = folder.resolve()
    if str(place) not in sys.path:
        # At the end: a file there must not replace a module that others import.
        sys.path.append(str(place))
    importlib.invalidate_caches()
    parts = module.split(".")
    try:
        for depth in range(1, len(parts) + 1):
            part = ".".join(parts[:depth])
            # Looked up before it is imported: what lies elsewhere does not even run.
            elsewhere = [path for path in _found_at(part) if not path.is_relative_to(place)]
            if elsewhere:
                raise SpecError(
                    f"{entry}: the module {part} is {elsewhere[0]}, which is not in {place}. "
                    f"{_MEANS} Give {_file(module)} a name that no other module has."
                )
            imported = importlib.import_module(part)
    except ImportError as error:
        raise SpecError(f"{entry} cannot be loaded: {error}. {_MEANS}") from None
    return imported


def _found_at(module: str) -> list[Path]:
    """Where the file or the folders of a module are; built-in modules are at no path.

    Raises
    ------
    ImportError
        There is no such module.
    """
    try:
        spec = importlib.util.find_spec(module)
    except ValueError:  # `__main__` and others that were not imported from a file
        return [Path(f"<{module}>")]
    if spec is None:
        raise ModuleNotFoundError(f"No module named '{module}'")
    if spec.origin is not None:
        return [Path(spec.origin).resolve() if spec.has_location else Path(f"<{spec.origin}>")]
    return [
        Path(location).resolve() for location in spec.submodule_search_locations or [f"<{module}>"]
    ]
