"""Artifacts as an attacker writes them: honest skops files with some of their parts replaced."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import skops.io
from sklearn.utils.validation import check_array

Part = dict[str, Any]


def parts(schema: Any) -> list[Part]:
    """Every part of a schema that skops restores, outermost first."""
    waiting, found = [schema], []
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, dict):
            if "__loader__" in one:
                found.append(one)
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return found


def forge(model: Any, change: Callable[[Part], None]) -> tuple[bytes, str]:
    """A dumped model whose schema was changed, with the right SHA-256."""
    before = skops.io.dumps(model)
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(before)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "schema.json":
                schema = json.loads(content)
                change(schema)
                content = json.dumps(schema).encode()
            new.writestr(name, content)
    artifact = made.getvalue()
    return artifact, hashlib.sha256(artifact).hexdigest()


def runs(code: str, *, function: str = "cProfile.run") -> tuple[bytes, str]:
    """An artifact that calls a function with a text as soon as it is restored.

    skops calls the types of a dictionary's keys with each key; here the type is a partial function.
    """

    def change(schema: Part) -> None:
        (dictionary,) = (
            one
            for one in parts(schema)
            if one["__loader__"] == "DictNode" and one["content"].keys() == {"owned"}
        )
        (call,) = (one for one in parts(schema) if one["__loader__"] == "PartialNode")
        module, _, name = function.rpartition(".")
        call["content"]["func"] |= {"__module__": module, "__class__": name}
        dictionary["key_types"]["content"] = [call]

    return forge([partial(check_array, code), {"owned": 1}], change)


def writes(file: Path) -> str:
    """Python code that leaves a file, which tells that it ran."""
    return f"open({str(file)!r}, 'w').close()"
