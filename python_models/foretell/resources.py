"""Where the files that ship with foretell are: in the wheel, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource_dir(name: str) -> Path:
    """Folder of shipped files called ``name``, such as ``"dbt_project"``.

    Raises
    ------
    FileNotFoundError
        Neither the installed package nor a checkout holds it.
    """
    for parent in (_PACKAGE / "_bundle", _PACKAGE.parents[1]):
        if (parent / name).is_dir():
            return parent / name
    raise FileNotFoundError(f"foretell was installed without its folder {name!r}: install it again")


def dbt_package_dir() -> Path:
    """Folder of the dbt package: the ``local:`` path of a project's ``packages.yml``."""
    return resource_dir("dbt_project") / "packages" / "foretell"
