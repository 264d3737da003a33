"""A project's own expectation types: Python files in `expectations/custom/`."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from foretell.errors import SpecError

#: What a file, as its bytes were, has added: a class is defined once in a process.
_LOADED: dict[tuple[Path, str], tuple[str, ...]] = {}


def load_custom(folder: Path) -> tuple[str, ...]:
    """Let suites name the types that a project's files define; their snake_case names.

    Raises
    ------
    SpecError
        A file cannot be imported, defines no type, or one that is there already.
    """
    names: list[str] = []
    for file in sorted(folder.glob("*.py")):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        key = (file.resolve(), content)
        if key not in _LOADED:
            _LOADED[key] = _load(file, content)
        names.extend(_LOADED[key])
    return tuple(names)


def _load(file: Path, content: str) -> tuple[str, ...]:
    from great_expectations.expectations import registry

    # Great Expectations lets a later class replace an earlier one with no more than a log line.
    registered = {
        name: registry.get_expectation_impl(name)
        for name in registry.list_registered_expectation_implementations()
    }
    defined = _types_of(_imported(file, content))
    if not defined:
        raise SpecError(
            f"expectations/custom/{file.name} defines no expectation. It must hold a class that "
            "inherits from one of great_expectations.expectations, such as "
            "UnexpectedRowsExpectation; its name in snake_case is the `type` of a line."
        )
    for kind in defined:
        before = registered.get(kind.expectation_type)
        if before is not None and not _is_from(before, file):
            registry.register_expectation(before)
            raise SpecError(
                f"expectations/custom/{file.name}: the type {kind.expectation_type} is there "
                f"already, in {before.__module__}. Give the class {kind.__name__} another name."
            )
    return tuple(kind.expectation_type for kind in defined)


def _imported(file: Path, content: str) -> ModuleType:
    # Not the name of the file: it must not shadow, or be shadowed by, any other module.
    place = hashlib.sha256(str(file.resolve()).encode()).hexdigest()
    name = f"foretell_custom_{file.stem}_{place[:8]}_{content[:8]}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise SpecError(f"expectations/custom/{file.name}: Python cannot import this file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        # Not by the loader: its cached bytecode is stale after a second edit within one second.
        exec(compile(file.read_bytes(), str(file), "exec"), vars(module))  # noqa: S102
    except (Exception, SystemExit) as error:  # a person's file may raise anything
        del sys.modules[name]
        complaint = " ".join(str(getattr(error, "msg", error)).split())
        raise SpecError(
            f"expectations/custom/{file.name}, line {_line(error, file)}: this file cannot be "
            f"imported: {type(error).__name__}: {complaint}"
        ) from None
    return module


def _line(error: BaseException, file: Path) -> int:
    if isinstance(error, SyntaxError) and error.filename == str(file):
        return error.lineno or 1
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno or 1 for frame in reversed(frames) if frame.filename == str(file)), 1)


def _types_of(module: ModuleType) -> list[Any]:
    from great_expectations.expectations.expectation import Expectation

    return [
        kind
        for kind in vars(module).values()
        if isinstance(kind, type)
        and issubclass(kind, Expectation)
        and kind.__module__ == module.__name__
        and not kind.is_abstract()
    ]


def _is_from(kind: Any, file: Path) -> bool:
    """Whether a class is of this file, as it was before somebody changed it."""
    module = sys.modules.get(kind.__module__)
    return getattr(module, "__file__", None) == str(file)
