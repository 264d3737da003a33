"""What is published is whole: a wheel alone, in a clean environment, builds a project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from importlib.metadata import version
from pathlib import Path, PurePosixPath

import pytest
from packaging.requirements import Requirement

from project import PREDICTION, ROOT, make_gym

BIN = Path(sys.executable).parent


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    """Output of a command that must succeed."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=os.environ | (env or {}),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def tracked(folder: str) -> set[PurePosixPath]:
    """Files of a folder that git knows and that are still there."""
    said = run("git", "ls-files", "-z", folder, cwd=ROOT)
    return {PurePosixPath(name) for name in said.split("\0") if name and (ROOT / name).is_file()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as it is released: from the sdist of a checkout in which somebody has worked."""
    out = tmp_path_factory.mktemp("dist")
    checkout = out / "checkout"
    for name in tracked("."):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, checkout / name)
    project = checkout / "dbt_project"
    for generated in ("data", "logs", "target", "dbt_packages"):
        (project / generated).mkdir()
        (project / generated / "left.behind").touch()
    (project / "dbt_packages" / "foretell").symlink_to(project / "packages" / "foretell")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, checkout, cwd=out)
    (found,) = out.glob("foretell-*.whl")
    return found


@pytest.fixture(scope="module")
def inside(wheel: Path) -> list[PurePosixPath]:
    """Paths in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return [PurePosixPath(name) for name in archive.namelist()]


def test_the_wheel_holds_the_package_and_what_dbt_finds_and_nothing_beside_them(
    inside: list[PurePosixPath],
) -> None:
    tops = {path.parts[0] for path in inside}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"dbt_foretell", "foretell"}


def test_the_wheel_states_the_duckdb_that_works(wheel: Path) -> None:
    """DuckDB 1.5.0 fails on a query of ours, and 2 breaks projects of users."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        needs = Parser().parsestr(archive.read(name).decode()).get_all("Requires-Dist")
    (duckdb,) = (one for one in map(Requirement, needs or ()) if one.name == "duckdb")
    assert [v in duckdb.specifier for v in ("1.5.0", "1.5.1", "1.9", "2.0.0", "2.0.1")] == [
        False, True, True, False, False,
    ]  # fmt: skip
    assert version("duckdb") in duckdb.specifier, "what the tests run on"
    for file in ("dev.txt", "superset.txt"):
        pinned = re.search(
            r"^duckdb==(\S+)", (ROOT / "requirements" / file).read_text(), re.MULTILINE
        )
        assert pinned, file
        assert pinned[1] in duckdb.specifier, f"{file} reads or writes the serving files"


@pytest.mark.parametrize("folder", ["dashboards", "dbt_project", "expectations", "requirements"])
def test_every_resource_is_in_the_bundle(inside: list[PurePosixPath], folder: str) -> None:
    bundled = {path.relative_to("foretell/_bundle") for path in inside if "_bundle" in path.parts}
    if not tracked(folder):
        pytest.skip(f"{folder} is empty so far")
    assert tracked(folder) <= bundled


def test_every_module_and_the_types_marker_are_in(inside: list[PurePosixPath]) -> None:
    modules = {path.relative_to("python_models") for path in tracked("python_models")}
    assert modules <= set(inside)
    assert PurePosixPath("foretell/py.typed") in inside


def test_nothing_generated_is_in(inside: list[PurePosixPath]) -> None:
    generated = {"data", "target", "logs", "dbt_packages", "__pycache__", ".user.yml"}
    bundled = [path for path in inside if "_bundle" in path.parts]
    assert not [path for path in bundled if generated & set(path.parts)]
    assert not [path for path in inside if path.suffix in {".duckdb", ".pyc", ".parquet", ".wal"}]


@pytest.fixture(scope="module")
def clean_bin(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Programs of a new environment that holds the pinned dependencies and the wheel."""
    home = tmp_path_factory.mktemp("clean")
    uv = BIN / "uv"
    env = {"VIRTUAL_ENV": str(home / "venv")}
    run(uv, "venv", "--quiet", "--python", sys.executable, home / "venv", cwd=home)
    pinned = ["--no-deps", "--require-hashes", "-r", ROOT / "requirements" / "dev.txt"]
    run(uv, "pip", "install", "--quiet", *pinned, cwd=home, env=env)
    run(uv, "pip", "install", "--quiet", "--no-deps", wheel, cwd=home, env=env)
    return home / "venv" / BIN.name


def test_the_installed_wheel_builds_a_project_outside_the_checkout(
    clean_bin: Path, tmp_path: Path
) -> None:
    said = run(clean_bin / "foretell", "dbt-package", cwd=tmp_path)
    package = Path(said.strip())
    assert (package / "dbt_project.yml").is_file()
    assert clean_bin.parent in package.parents, "the package of the checkout was found"

    gym = make_gym(tmp_path / "gym", bin=clean_bin, package=package)
    said = gym.build()
    assert "v1 champion" in said
    assert gym.value(f"select count(*) from gym.gym.{PREDICTION}") > 0
    said_by = (
        "select distinct said_by from gym_foretell.foretell_store_validation_results order by 1"
    )
    assert gym.query(said_by) == [("default",), ("written",)]
    assert gym.serving.exists()


def test_the_dependencies_of_the_wheel_are_all_pinned(clean_bin: Path) -> None:
    run(BIN / "uv", "pip", "check", cwd=clean_bin, env={"VIRTUAL_ENV": str(clean_bin.parent)})


#: Where packages come from is the reader's choice, not ours.
REGISTRY = re.compile(r"https?://|--(extra-)?index-url|--find-links|^-[if] ", re.MULTILINE)


def test_no_committed_requirement_names_a_host() -> None:
    files = sorted((ROOT / "requirements").glob("*"))
    assert files
    for file in files:
        found = REGISTRY.search(file.read_text(encoding="utf-8"))
        assert not found, f"{file.name} names {found and found[0]}"


def test_no_configuration_names_an_index() -> None:
    said = run("git", "ls-files", "-z", cwd=ROOT)
    names = [name for name in said.split("\0") if name and Path(name).suffix in {".toml", ".cfg"}]
    names += [name for name in ("Makefile", "pip.conf", "uv.toml") if (ROOT / name).exists()]
    assert "pyproject.toml" in names
    for name in names:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"index-url|\[\[tool\.uv\.index\]\]|find-links", text), name
