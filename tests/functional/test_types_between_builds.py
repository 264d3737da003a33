"""A project whose types change between builds: nothing that was published is lost or cast."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

from project import PREDICTION

if TYPE_CHECKING:
    from project import Project

LATER = "2025-09-05"
ONLY = ("--select", f"+{PREDICTION}")
RESET = ("--full-refresh", "--vars", "foretell_reset: true")
SQL, VIEW = f"models/{PREDICTION}.sql", "models/feat_member__visits.sql"
HISTORY, KEPT = (f"gym_foretell.{PREDICTION}__{name}" for name in ("history", "features"))
PUBLISHED = f"from gym.gym.{PREDICTION}"


def types_of(gym: Project, table: str) -> dict[str, str]:
    return dict(gym.query(f"select column_name, column_type from (describe {table})"))


def test_wider_types_are_published_and_others_refused(plain_gym: Project) -> None:
    gym = plain_gym
    scores = f"select member_id, as_of_date, scored_at, score from {HISTORY}"
    days = f"select member_id, visits_days_since_last from {KEPT}"
    gym.change(f"create table before as {scores}; create table days_before as {days}")
    for file in (SQL, VIEW):
        gym.replace(
            file,
            "    spine.as_of_date,\n",
            "    spine.as_of_date + interval 8 hour as as_of_date,\n",
        )
    gym.replace(SQL, "    spine.member_id,\n", "    spine.member_id::hugeint as member_id,\n")
    gym.replace(VIEW, "date_diff('day'", "'d' || date_diff('day'")
    gym.build(*ONLY, today=LATER)

    types = types_of(gym, HISTORY)
    assert (types["member_id"], types["as_of_date"]) == ("DECIMAL(38,0)", "TIMESTAMP")
    assert gym.value(f"select count(*) from (from before except {scores})") == 0
    assert gym.value(f"select count(*) from (from days_before except all {days})") == 0
    kept = f"select count(*) from {KEPT} where foretell_string_visits_days_since_last like 'd%'"
    assert gym.value(kept) == gym.value(f"select count(*) {PUBLISHED} where hour(as_of_date) = 8")
    at = dict(gym.query(f"select as_of_date::time, count(*) {PUBLISHED} group by 1"))
    assert set(at) == {time(0), time(8)}
    done = gym.foretell("forget", "--entity", "member_id=17.4", "--yes", today=LATER)
    assert "'17.4' is no DECIMAL(38,0), which member_id is in" in done.stdout

    for file in (SQL, VIEW):
        found = "spine.member_id::hugeint as member_id," if file == SQL else "spine.member_id,"
        gym.replace(file, f"    {found}\n", "    'M' || spine.member_id as member_id,\n")
    for args in (("--empty",), ()):
        said = gym.refused(*ONLY, *args, today=LATER)
        assert "`entity: member_id` of" in said
        assert "is VARCHAR in its training query now, and DECIMAL(38,0) in what" in said
        assert "training:" not in said
    assert gym.value(f"select count(*) {PUBLISHED}") == sum(at.values())
    gym.build(*ONLY, *RESET, today=LATER)
    assert types_of(gym, KEPT)["member_id"] == types_of(gym, HISTORY)["member_id"] == "VARCHAR"
    assert "foretell_string_visits_days_since_last" not in types_of(gym, KEPT)
    assert gym.value(f"select count(*) {PUBLISHED} where member_id not like 'M%'") == 0
