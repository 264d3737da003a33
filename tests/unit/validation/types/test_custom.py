"""A project's own types: found by their file, and refused with file and line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from asking import observed, session_of

from foretell.errors import SpecError
from foretell.validation.types import load_custom

#: The page that shows how to write one.
DOCS = Path(__file__).parents[4] / "docs" / "reference" / "expectations.md"


def custom(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def own(name: str, condition: str = "x > 3") -> str:
    return f'''
from great_expectations.expectations import UnexpectedRowsExpectation


class {name}(UnexpectedRowsExpectation):
    """Own."""

    unexpected_rows_query: str = "select * from {{batch}} where {condition}"
'''


def test_a_folder_that_is_not_there_adds_nothing(tmp_path: Path) -> None:
    assert load_custom(tmp_path / "custom") == ()


def test_a_file_is_loaded_once_and_again_when_it_changed(tmp_path: Path) -> None:
    session = session_of({"x": [1, 5]})
    folder = custom(tmp_path, "small.py", own("ExpectSmallThings"))
    assert load_custom(folder) == load_custom(folder) == ("expect_small_things",)
    assert observed(session, "expect_small_things")[0] is False
    custom(tmp_path, "small.py", own("ExpectSmallThings", "x > 9"))
    assert load_custom(folder) == ("expect_small_things",)
    assert observed(session, "expect_small_things")[0] is True


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("x = 1\ny = (\n", ["broken.py, line 2", "SyntaxError", "never closed"]),
        ("import os\n\nimport nowhere\n", ["broken.py, line 3", "nowhere"]),
        ("def f():\n    return 1 / 0\n\nf()\n", ["broken.py, line 2", "division by zero"]),
        ("raise SystemExit(3)\n", ["broken.py, line 1", "SystemExit"]),
        ("x = 1\n", ["broken.py defines no expectation", "UnexpectedRowsExpectation"]),
        (
            "from great_expectations.expectations import ExpectColumnToExist\n",
            ["broken.py defines no expectation"],
        ),
        (own("ExpectColumnToExist"), ["expect_column_to_exist is there already"]),
        (own("ExpectPsiBelow"), ["expect_psi_below is there already", "foretell"]),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, text: str, phrases: list[str]) -> None:
    from foretell.validation.types import register

    register()
    folder = custom(tmp_path / "custom", "broken.py", text)
    for _ in range(2):
        with pytest.raises(SpecError) as refused:
            load_custom(folder)
        for phrase in ["expectations/custom/", *phrases]:
            assert phrase in str(refused.value)


def test_what_was_refused_replaced_nothing(tmp_path: Path) -> None:
    folder = custom(tmp_path / "custom", "mean.py", own("ExpectColumnMeanToBeBetween"))
    with pytest.raises(SpecError):
        load_custom(folder)
    found = observed(
        session_of({"x": [1, 2]}), "expect_column_mean_to_be_between", column="x", max_value=2
    )
    assert found == (True, 1.5)


def test_two_files_may_not_define_one_type(tmp_path: Path) -> None:
    folder = custom(tmp_path / "custom", "a.py", own("ExpectTwins"))
    custom(folder, "b.py", own("ExpectTwins"))
    with pytest.raises(SpecError, match=r"b\.py: the type expect_twins is there already"):
        load_custom(folder)


def test_the_package_is_imported_without_great_expectations() -> None:
    code = "import sys, foretell.validation.types; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_example_in_the_docs_works(tmp_path: Path) -> None:
    blocks = DOCS.read_text(encoding="utf-8").split("```python\n")[1:]
    (example,) = [one.split("```")[0] for one in blocks]
    assert load_custom(custom(tmp_path / "custom", "baskets.py", example)) == (
        "expect_spend_only_with_baskets",
    )
    session = session_of({"baskets_count_28d": [0, 2], "baskets_spend_28d": [0.0, 30.0]})
    assert observed(session, "expect_spend_only_with_baskets")[0] is True
    session.execute("insert into rows values (0, 12.5)")
    assert observed(session, "expect_spend_only_with_baskets") == (False, 1)
