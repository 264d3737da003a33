"""What stores and people wrote is printed as it is: brackets, colons and all."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.table import Table

import foretell.cli
from foretell.cli.gates import _summary, _table
from foretell.cli.printed import plain_console

WRITTEN = "in [a, b], [/x] and [bold], :tada:"


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def test_texts_and_cells_are_literal(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table(title=f"title {WRITTEN}", title_justify="left", box=None)
    table.add_column(f"header {WRITTEN}")
    table.add_row(f"cell {WRITTEN}")
    plain_console().print(f"line {WRITTEN}")
    plain_console().print(table)
    printed = capsys.readouterr().out
    for where in ("line", "title", "header", "cell"):
        assert f"{where} {WRITTEN}" in printed


def test_gates_show_what_was_observed(capsys: pytest.CaptureFixture[str]) -> None:
    one = {
        "today": "2025-08-01", "stage": "input", "status": "fail", "severity": "critical",
        "said_by": "written", "description": None, "column_name": "plan[0]",
        "expectation": "expect_x", "expected": "['a', 'b']", "observed": WRITTEN,
        "sample_keys": "[/x]",
    }  # fmt: skip
    plain_console().print(_summary("pred_[x]", [one]))
    plain_console().print(_table([one]))
    printed = capsys.readouterr().out
    assert "pred_[x], run of 2025-08-01: input 0 of 1 passed" in printed
    assert "plan[0] expect_x ['a', 'b']" in printed
    assert f"{WRITTEN} ([/x])" in printed


def test_commands_print_with_no_other_console() -> None:
    folder = Path(foretell.cli.__file__).parent
    others = [
        f"{path.name}: {line.strip()}"
        for path in sorted(folder.glob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        # On stderr there are only a waiting sign and refusals, which are no markup.
        if "Console(" in line and "stderr=True" not in line and path.name != "printed.py"
    ]
    assert others == []
