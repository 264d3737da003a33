"""The data tests of foretell's own views, run by themselves instead of in each of many builds.

dbt takes half a second for what DuckDB answers in a few hundredths.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from project import Project

STORES = "gym_foretell"


@dataclass(frozen=True)
class OwnTests:
    """Queries that find what a view should not hold, by the names of their tests."""

    queries: dict[str, str]

    @staticmethod
    def compiled_in(project: Project) -> OwnTests:
        """The tests of a project that was built."""
        folder = project.folder / "target" / "compiled" / "foretell" / "models"
        queries = {file.stem: file.read_text() for file in folder.glob("*.yml/*.sql")}
        assert queries, "the package's data tests were not compiled"
        return OwnTests(queries)

    def must_hold_in(self, project: Project) -> None:
        """Fail if a view of the project holds what it should not; a view must be there to do so."""
        if not project.database.exists():
            return
        with duckdb.connect(str(project.database), read_only=True) as con:
            views = con.execute(
                f"select view_name from duckdb_views() where schema_name = '{STORES}'"
            ).fetchall()
            for name, query in self.queries.items() if ("foretell_trust",) in views else ():
                assert con.execute(query).fetchall() == [], name


def own_tests_off(project: Project) -> None:
    """Build without them; the project is parsed anew, so that its copies need not be."""
    models = "models:\n  gym:\n"
    project.replace(
        "dbt_project.yml", models, f"data_tests: {{foretell: {{+enabled: false}}}}\n{models}"
    )
    done = project.dbt("parse")
    assert done.returncode == 0, done.stdout
