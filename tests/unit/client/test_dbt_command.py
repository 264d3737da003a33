"""foretell's own commands run models on all rows or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from foretell.client.dbt_command import dbt
from foretell.errors import ForetellError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("command", ["build", "run"])
@pytest.mark.parametrize(("variable", "value"), [("DBT_SAMPLE", "3 days"), ("DBT_EMPTY", "true")])
def test_a_command_that_runs_models_refuses_a_part_of_the_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, variable: str, value: str
) -> None:
    (tmp_path / "dbt_project.yml").write_text("name: shop\n")
    monkeypatch.setenv(variable, value)
    with pytest.raises(ForetellError, match=f"`{value}`.*needs all rows: run `unset {variable}`"):
        dbt(tmp_path, command)
