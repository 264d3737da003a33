"""A key of a dbt model's YAML is found by its line, and what cannot be read has no line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from foretell.ground.located import place_in_yaml

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
models:
  - name: other
    config: {meta: {prediction: {task: binary}}}
  - name: pred
    config:
      meta:
        prediction:
          task: binary
          baseline:
            sql: visits
          slices: [place,
                   size]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "models").mkdir()
    (tmp_path / "models/gym.yml").write_text(TEXT, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("model", "key", "line"),
    [
        ("pred", ("task",), 8),
        ("pred", ("baseline", "sql"), 10),
        ("pred", ("slices", 1), 12),
        ("pred", ("horizon",), 8),
        ("pred", ("baseline", "sq"), 10),
        ("other", ("task",), 3),
    ],
)
def test_a_key_is_found_by_its_line_or_that_of_what_it_stands_in(
    folder: Path, model: str, key: tuple[str | int, ...], line: int
) -> None:
    path = ("config", "meta", "prediction", *key)
    assert place_in_yaml("models/gym.yml", folder, model, path) == f"models/gym.yml:{line}"


@pytest.mark.parametrize(
    "text",
    [None, "", "models:", "models: [", "- 1", "models: [{name: pred}, {name: pred}]", "\xff"],
)
def test_where_no_line_can_be_told_the_file_is(folder: Path, text: str | None) -> None:
    file = folder / "models/gym.yml"
    file.unlink() if text is None else file.write_bytes((text or "").encode("latin-1"))
    assert place_in_yaml("models/gym.yml", folder, "pred", ("config",)) == "models/gym.yml"
    assert place_in_yaml("models/gym.yml", folder / "elsewhere", "pred", ()) == "models/gym.yml"
