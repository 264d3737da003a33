"""A person removed from all that foretell keeps, and what the next builds make of that."""

from __future__ import annotations

from pathlib import Path

import duckdb

from project import PREDICTION, Project

HISTORY = f"gym_foretell.{PREDICTION}__history"
FEATURES = f"gym_foretell.{PREDICTION}__features"
LEFTOVER = f"gym_foretell.{PREDICTION}__staged"
OF_A_QUESTION = f"gym_foretell.{PREDICTION}__then__scored"
#: A key that is no other number by chance.
KEY = 987_654_321


def says(gym: Project, *command: str, code: int = 0) -> str:
    """What a command prints, on one line."""
    done = gym.foretell(*command)
    assert done.returncode == code, done.stdout
    assert "Traceback" not in done.stdout
    return " ".join(done.stdout.split())


def rename(gym: Project, member: str, key: str) -> None:
    """Give a member a key that cannot be met by chance, from the first build on."""
    gym.replace(
        "models/fct_visits.sql", "    members.member_id,\n    cast(",
        f"    case when members.member_id = {member} then {key} else {gym_key(key)} end\n"
        "        as member_id,\n    cast(",
    )  # fmt: skip


def gym_key(key: str) -> str:
    """The other members' keys, of the same type."""
    return "members.member_id" if key.isdigit() else "'m' || members.member_id"


def served_files(gym: Project) -> list[Path]:
    return sorted(one for one in gym.serving.parent.glob("*.duckdb") if not one.is_symlink())


def test_a_person_is_removed_from_everything_and_stays_away(gym: Project) -> None:
    rename(gym, "17", str(KEY))
    gym.build()
    gym.build(today="2025-09-05")
    # What a killed run leaves, and what a gate and a refusal said of examples.
    for leftover in (LEFTOVER, OF_A_QUESTION):
        gym.change(f"create table {leftover} as select member_id from {HISTORY}")
        gym.change(f"comment on table {leftover} is 'Made by foretell; it alone writes here.'")
    gym.change(
        "insert into gym_foretell.foretell_store_validation_results (prediction, status, "
        "observed) values "
        f"('{PREDICTION}', 'fail', '2 of 400 rows, such as {KEY}, {KEY}1'), "
        f"('{PREDICTION}', 'pass', '{KEY}')"
    )
    gym.change(
        "insert into gym_foretell.foretell_store_model_events (prediction, event, happened_at, "
        "message) values "
        f"('{PREDICTION}', 'gate failed', timestamp '2025-08-01', 'Repeated: {KEY} {KEY} 4')"
    )
    others = gym.query(f"select * from {HISTORY} where member_id <> {KEY} order by all")
    told = gym.query("select * from gym_foretell.foretell_store_metrics order by all")
    assert len(served_files(gym)) == 2

    before = gym.database.read_bytes()
    log = gym.folder / "logs" / "dbt.log"
    logged = len(log.read_text(encoding="utf-8"))
    said = says(gym, "forget", "--entity", f"member_id={KEY}", code=1)
    assert "Remove it? This cannot be undone. [y/N]" in said
    assert gym.database.read_bytes() == before, "nothing is done before it is confirmed"

    rows = gym.value(f"select count(*) from {HISTORY} where member_id = {KEY}")
    assert rows > 1
    said = says(gym, "forget", "--entity", f"member_id={KEY}", "--yes")
    assert f"{PREDICTION}__history: {rows} rows" in said
    assert f"{PREDICTION}__staged: {rows} rows" in said
    assert "model_events: 1 rows with a text that names it" in said
    assert f"Still in the training query of {PREDICTION} (" in said
    assert "delete them upstream, else the next build scores them again" in said
    assert "Still in gym.gym.fct_visits" in said

    for table in (HISTORY, FEATURES, LEFTOVER, OF_A_QUESTION, f"gym.gym.{PREDICTION}"):
        assert gym.value(f"select count(*) from {table} where member_id = {KEY}") == 0, table
    assert gym.query(f"select * from {HISTORY} order by all") == others
    assert gym.query(
        "select observed from gym_foretell.foretell_store_validation_results where observed is "
        "not null order by 1"
    ) == [(f"2 of 400 rows, such as (forgotten), {KEY}1",), (f"{KEY}",)]
    (event,) = gym.query(
        "select prediction, version, message from gym_foretell.foretell_store_model_events "
        "where event = 'forgotten'"
    )
    assert event[:2] == (PREDICTION, None)
    assert f"{rows} of {PREDICTION}__history" in event[2]
    texts = gym.query("select message from gym_foretell.foretell_store_model_events")
    assert ("Repeated: (forgotten) (forgotten) 4",) in texts
    assert not [text for (text,) in texts if str(KEY) in text]

    (file,) = served_files(gym)
    assert gym.serving.resolve() == file
    for name in (PREDICTION, "fct_visits", "as_of_member"):
        served = "select count(*) filter (where member_id = {}), count(*) from {}"
        mine, all_rows = gym.query(served.format(KEY, name), gym.serving)[0]
        assert (mine, all_rows > 0) == (0, True), name
    assert str(KEY) not in log.read_text(encoding="utf-8")[logged:], "nor does dbt's log keep it"

    said = says(gym, "forget", "--entity", f"member_id={KEY}")
    assert "foretell keeps nothing of it in this target" in said
    forgotten = (
        "select count(*) from gym_foretell.foretell_store_model_events where event = 'forgotten'"
    )
    assert gym.value(forgotten) == 1
    assert gym.query("select * from gym_foretell.foretell_store_metrics order by all") == told

    # Deleted upstream, the person stays away, and what was measured is not measured again.
    gym.replace(
        "models/fct_visits.sql",
        "where\n    hash(",
        "where\n    members.member_id <> 17\n    and hash(",
    )
    gym.build(today="2025-09-05")
    gym.build(today="2025-09-05")
    assert gym.value(f"select count(*) from {HISTORY} where member_id = {KEY}") == 0
    assert gym.query("select * from gym_foretell.foretell_store_metrics order by all") == told
    assert "forgotten" in says(gym, "history", PREDICTION)


def test_a_key_with_quotes_is_a_key_and_slips_are_explained(gym: Project) -> None:
    rename(gym, "17", """'O''Brien "x" %'""")
    gym.build()
    others = f"select count(*) from {HISTORY} where member_id not in (?, ?)"
    with duckdb.connect(str(gym.database), read_only=True) as con:
        kept = con.execute(others, ['O\'Brien "x" %', "m18"]).fetchone()
    said = says(
        gym, "forget", "--entity", """member_id=O'Brien "x" %""", "--entity", "MEMBER_ID=m18",
        "--prediction", PREDICTION, "--yes",
    )  # fmt: skip
    assert "Removed, and on record" in said
    assert gym.query(f"select count(*) from {HISTORY}") == [kept]

    fails = lambda *command: says(gym, "forget", "--yes", *command, code=1)  # noqa: E731
    said = fails("--entity", "house_id=1")
    assert (
        "Nothing is kept by house_id in this target. Predictions are kept by the `entity` of "
        f"their spec: [{PREDICTION} by member_id]" in said
    )
    said = fails("--entity", "member_id=m1", "--prediction", "pred_x")
    assert f"There is no prediction pred_x in this project; it has [{PREDICTION}]" in said
    assert "names nobody" in says(gym, "forget", "--entity", "member_id", code=2)


def test_a_key_of_another_type_is_refused(plain_gym: Project) -> None:
    gym = plain_gym
    before = gym.database.read_bytes()
    for key in ("abc", "17.4", "17 or 1=1"):
        said = says(gym, "forget", "--entity", f"member_id={key}", "--yes", code=1)
        assert f"'{key}' is no BIGINT, which member_id is in" in said
    assert gym.database.read_bytes() == before
