"""A build that dies on the way leaves nothing that the next one cannot put right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from project import PREDICTION, Project, end

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

pytestmark = pytest.mark.two_processes


def test_a_build_killed_while_it_trains_is_recovered_by_the_next(
    plain_gym: Project,
    kill_at_end: Callable[[subprocess.Popen[Any]], subprocess.Popen[Any]],
) -> None:
    gym = plain_gym
    seen = gym.query(f"select * from gym.gym.{PREDICTION} order by all")
    served = gym.serving.resolve()

    build = kill_at_end(gym.start("build", "--vars", "foretell_train: true"))
    assert build.stdout is not None
    for line in build.stdout:
        if "backtest logistic" in line:
            break
    end(build)

    assert gym.query(f"select * from gym.gym.{PREDICTION} order by all") == seen
    assert gym.serving.resolve() == served
    assert gym.value("select count(*) from gym_foretell.foretell_store_model_versions") == 1
    scratch = (
        "select table_name from duckdb_tables() where schema_name = 'gym_foretell' and "
        "regexp_matches(table_name, '__(staged|scored|query|plain|reasons|running|backtest)$')"
    )
    assert gym.query(scratch), "it was killed too early or too late to prove anything"

    said = gym.build("--vars", "foretell_train: true", today="2025-09-05")
    assert "v2 champion" in said
    assert gym.query(scratch) == []
    assert gym.value(f"select count(*) from gym.gym.{PREDICTION}") > len(seen)
