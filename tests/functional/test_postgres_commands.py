"""Every command on Postgres, over one project in which one test builds on what another has left."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import test_forget
import test_questions
from test_questions import answer, says
from test_registry import statuses
from test_retention import keep

from portable import PostgresProject, make_portable_gym, on_postgres, profile
from project import PREDICTION

if TYPE_CHECKING:
    from postgres_server import Server

HISTORY = f"gym_foretell.{PREDICTION}__history"
FEATURES = f"gym_foretell.{PREDICTION}__features"
NEXT, LATER = "2025-09-05", "2025-10-05"
#: A key that is no other number by chance.
KEY = test_forget.KEY
ONLY = ("--select", PREDICTION)
NO_GATES = {"FORETELL_GATES": "false"}
#: Keys of each type, with what they are there; None where they are no value of it.
KEYS: dict[str, dict[str, Any]] = {
    "SMALLINT": {"7": "7", " -7 ": "-7", "32768": None, "7.0": None, "7 or 1=1": None, "": None},
    "BIGINT": {"9223372036854775807": "9223372036854775807", "9223372036854775808": None},
    "NUMERIC": {"17.4": "17.4", "17": "17", "1e5": None, "abc": None},
    "NUMERIC(38,0)": {"17": "17", "17.4": None, "17.00": "17.00"},
    "NUMERIC(9,2)": {"17.40": "17.40", "17.401": None, "17.4000": "17.4000"},
    "DOUBLE PRECISION": {"0.5": "0.5", "x": None},
    "BOOLEAN": {"TRUE": "true", "0": "false", "maybe": None},
    "UUID": {"00000000-0000-0000-0000-0000000000FF": "00000000-0000-0000-0000-0000000000ff",
             "17": None},
    "DATE": {"2024-02-29": "2024-02-29", "2025-02-29": None, "2025-13-01": None, "soon": None,
             "0000-01-01": None},
    "TIMESTAMP WITHOUT TIME ZONE": {"2025-04-30T06:00": "2025-04-30 06:00:00",
                                    "2025-04-30": "2025-04-30 00:00:00",
                                    "2025-04-31 06:00": None, "2025-04-30 25:00": None},
    "TIMESTAMP WITH TIME ZONE": {"2025-04-30 06:00Z": "2025-04-30 06:00:00+00"},
    "TEXT": {"O'Brien \"x\" %": "O'Brien \"x\" %", "": ""},
    "MOOD": {"it's": "it's"},
}  # fmt: skip


@pytest.fixture(scope="module")
def gym(postgres_server: Server, tmp_path_factory: pytest.TempPathFactory) -> PostgresProject:
    """The portable gym, with its gates and two quick candidates, after its first build."""
    folder = tmp_path_factory.mktemp("commands")
    project = on_postgres(
        make_portable_gym(folder / "duckdb"), postgres_server, folder / "postgres", "commands"
    )
    project.replace(
        "models/gym.yml",
        "horizon: 30 days",
        "horizon: 30 days\n          candidates: [rule, logistic]",
    )
    project.replace("models/gym.yml", "- name: fct_visits", "- name: fct_visits\n    config: {event_time: visited_at}")  # noqa: E501  # fmt: skip
    # One member has a key that no count or time is by chance.
    project.replace("models/fct_visits.sql", "\nselect\n    member_id,\n    cast(day", f"\nselect\n    case when member_id = 17 then {KEY} else member_id end as member_id,\n    cast(day")  # noqa: E501  # fmt: skip
    project.build()
    return project


def rows(gym: PostgresProject, table: str) -> list[tuple[object, ...]]:
    return sorted(gym.query(f"select * from {table}"), key=repr)


def unchanged(gym: PostgresProject) -> dict[str, Any]:
    """All that no question changes; what dbt wrote last it does."""
    return test_questions.state(gym) | {"last dbt command": None}


def test_questions_are_answered_and_change_nothing(gym: PostgresProject) -> None:
    test_questions.check_explained(gym)
    before = unchanged(gym)
    assert "scores only: champion v1, spec unchanged" in says(gym, "plan")
    assert f"{PREDICTION} v1, champion" in says(gym, "show", PREDICTION)
    assert "promoted" in says(gym, "history", PREDICTION)
    assert "1 runs: " in says(gym, "history", "--runs")
    assert "visits_count_30d" in says(gym, "features")
    assert f"{PREDICTION}, run of 2025-08-01: input" in says(gym, "gates", PREDICTION)
    assert f"{PREDICTION} v1:" in says(gym, "profile", PREDICTION)
    said = says(gym, "diff", PREDICTION, fails=True)
    assert "has had no champion before v1" in said
    assert "has no version v7; it has [v1]" in says(gym, "show", PREDICTION, "v7", fails=True)
    assert unchanged(gym) == before


def test_what_only_checks_keeps_nothing(gym: PostgresProject) -> None:
    before = test_questions.state(gym)["tables"], rows(gym, "gym_foretell.foretell_store_runs")
    seen = rows(gym, f"gym.{PREDICTION}")
    gym.replace("models/gym.yml", "label: has_quit", "label: has_quite")
    gym.refused(*ONLY, "--empty", today=NEXT)
    gym.replace("models/gym.yml", "label: has_quite", "label: has_quit")
    done = gym.dbt("retry", today=NEXT)
    assert done.returncode == 0, done.stdout
    assert "[empty: checked, nothing kept in" in done.stdout
    window = "{start: '2025-03-01', end: '2025-07-15'}"
    said = gym.build(*ONLY, "--sample", window, today=NEXT)
    assert "[sampled: checked, nothing kept in" in said
    after = test_questions.state(gym)["tables"], rows(gym, "gym_foretell.foretell_store_runs")
    assert after == before
    assert rows(gym, f"gym.{PREDICTION}") == seen


def test_versions_are_compared_promoted_and_rolled_back(gym: PostgresProject) -> None:
    gym.replace("models/gym.yml", "days_since_last, select]", "days_since_last]")
    gym.build(*ONLY, "foretell_models", "--full-refresh")
    gym.replace("models/gym.yml", "days_since_last]", "days_since_last, select]")
    assert statuses(gym) == [(1, "earlier champion"), (2, "champion")]
    found = answer(gym, "diff", PREDICTION, "v1", "2")
    assert found["gone"] == ["visits_select"]
    test_questions.check_scores(gym, found["compared"])

    said = says(gym, "rollback", PREDICTION, "--reason", "It's odd on 'new' members, by 5 %")
    assert f"{PREDICTION} v1 serves instead of v2 from the next dbt build on" in said
    assert statuses(gym) == [(1, "champion"), (2, "earlier champion")]
    assert "v2 serves instead of v1" in says(gym, "promote", PREDICTION, "v2")
    assert "v1 serves instead of v2" in says(gym, "rollback", PREDICTION, "--to", "v1")
    said = says(gym, "history", PREDICTION)
    assert "v1 rolled back It's odd on 'new' members, by 5 % instead of v2" in said


def test_gates_learn_what_a_person_accepts(gym: PostgresProject) -> None:
    said = says(gym, "accept", PREDICTION, "--reason", "A new 'door', 5 % more visits")
    assert "lines learned anew; the next dbt build goes by them" in said
    events = "select message from gym_foretell.foretell_store_model_events where event = 'accepted'"
    assert gym.query(events) == [("A new 'door', 5 % more visits",)]
    said = " ".join(gym.foretell("sign", PREDICTION, env={"FORETELL_ARTIFACT_KEY": "k" * 40}).stdout.split())  # noqa: E501  # fmt: skip
    assert f"{PREDICTION} v1 is signed: logistic" in said


def test_days_are_replayed(gym: PostgresProject) -> None:
    done = gym.foretell("replay", "2025-08-20", NEXT, today=None, env=NO_GATES)
    assert done.returncode == 0, done.stdout
    days = "select distinct cast(today as text) from gym_foretell.foretell_runs order by 1"
    assert gym.query(days) == [("2025-08-01",), ("2025-08-20",), (NEXT,)]
    metrics = "select count(*) from gym_foretell.foretell_store_metrics where origin = 'live'"
    assert gym.value(metrics) > 0


def test_another_schema_borrows_the_champion(gym: PostgresProject) -> None:
    before = unchanged(gym)
    folder = gym.folder
    (champion,) = (version for version, status in statuses(gym) if status == "champion")
    (folder / "profiles.yml").write_text(profile(gym.server, gym.name, schema="dev"))
    try:
        said = gym.build(today=NEXT, env={"FORETELL_CHAMPION_FROM": "gym_foretell"} | NO_GATES)
        assert f"v{champion} champion of" in said
        missing = gym.refused(*ONLY, today=NEXT, env={"FORETELL_CHAMPION_FROM": "nowhere"})
    finally:
        (folder / "profiles.yml").write_text(profile(gym.server, gym.name))
    assert 'there is no table "commands"."nowhere"."foretell_store_model_events"' in missing
    (run,) = gym.query("select is_trained, model_version from dev_foretell.foretell_runs where status = 'published'")  # noqa: E501  # fmt: skip
    assert run == (False, champion)
    scores = "select member_id, as_of_date, score from {}.{} where as_of_date > date '2025-08-05'"
    made, theirs = (sorted(gym.query(scores.format(one, PREDICTION))) for one in ("dev", "gym"))
    assert made == theirs
    assert made
    gym.change("drop schema dev cascade; drop schema dev_foretell cascade")
    assert unchanged(gym) == before


def test_a_person_is_removed_from_everything(gym: PostgresProject) -> None:
    leftover = f"gym_foretell.{PREDICTION}__staged"
    gym.change(f"create table {leftover} as select member_id from {HISTORY}")
    gym.change(f"comment on table {leftover} is 'Made by foretell; it alone writes here.'")
    gym.change(
        "insert into gym_foretell.foretell_store_validation_results (prediction, status, "
        "observed) values "
        f"('{PREDICTION}', 'fail', '2 of 400 rows, such as {KEY}, {KEY}1, 5 %'), "
        f"('{PREDICTION}', 'pass', '{KEY}')"
    )
    others = sorted(gym.query(f"select * from {HISTORY} where member_id <> {KEY}"), key=repr)
    log = gym.folder / "logs" / "dbt.log"
    logged = len(log.read_text(encoding="utf-8"))
    count = gym.value(f"select count(*) from {HISTORY} where member_id = {KEY}")
    assert count > 1
    says_forget = lambda *args, **how: test_forget.says(gym, "forget", *args, **how)  # noqa: E731
    for key in ("abc", "17.4", "17 or 1=1", "9223372036854775808"):
        said = says_forget("--entity", f"member_id={key}", "--yes", code=1)
        assert f"'{key}' is no BIGINT, which member_id is in" in said
    said = says_forget("--entity", f"member_id={KEY}", "--yes")
    assert f"{PREDICTION}__history: {count} rows" in said
    assert f"{PREDICTION}__staged: {count} rows" in said
    assert "validation_results: 1 rows with a text that names it" in said
    assert f"Still in the training query of {PREDICTION} (" in said
    assert "Still in commands.gym.fct_visits" in said
    assert "it stays there until you delete it upstream and build" in said
    assert "Dashboards read the target itself" in said
    assert "serving copy" not in said
    for table in (HISTORY, FEATURES, leftover, f"gym.{PREDICTION}"):
        assert gym.value(f"select count(*) from {table} where member_id = {KEY}") == 0, table
    assert rows(gym, HISTORY) == others
    observed = "select observed from gym_foretell.foretell_store_validation_results where "
    assert gym.query(
        f"{observed} observed like '%such as%1, 5%' or observed = '{KEY}' order by status"
    ) == [(f"2 of 400 rows, such as (forgotten), {KEY}1, 5 %",), (f"{KEY}",)]  # fmt: skip
    events = (
        "select message from gym_foretell.foretell_store_model_events where event = 'forgotten'"
    )
    ((event,),) = gym.query(events)
    assert f"{count} of {PREDICTION}__history" in event
    assert str(KEY) not in log.read_text(encoding="utf-8")[logged:], "nor does dbt's log keep it"
    assert "foretell keeps nothing of it" in says_forget("--entity", f"member_id={KEY}")


def test_a_key_is_one_of_its_columns_type_or_none(gym: PostgresProject) -> None:
    lines = [
        f"{{{{ foretell._as_key('{kind}') }}}},\n{{{{ foretell._is_key('k', '{kind}') }}}},"
        for kind in KEYS
    ]
    done = gym.dbt("--quiet", "compile", "--inline", "select\n" + "\n".join(lines))
    assert done.returncode == 0, done.stdout
    compiled = iter(done.stdout.split("select\n", 1)[1].splitlines())
    with closing(gym.server.connect(gym.name)) as session, session.cursor() as cursor:
        cursor.execute("set timezone to 'UTC'; create type mood as enum ('it''s')")
        for kind, keys in KEYS.items():
            as_key, is_key = (next(compiled).rstrip(",") for _ in range(2))
            for key, value in keys.items():
                cursor.execute("select set_config('foretell.key', %s, false)", [key])
                cursor.execute(f"select cast({as_key} as text)")
                assert cursor.fetchall() == [(value,)], (kind, key)
                if value is not None:
                    column = f"select cast(%s as {kind}) as k"
                    cursor.execute(
                        f"select {is_key.replace('%', '%%')} from ({column}) as one", [value]
                    )
                    assert cursor.fetchall() == [(True,)], (kind, key)


def test_what_is_kept_only_so_long_goes(gym: PostgresProject) -> None:
    dates = "select distinct as_of_date from {} {} order by 1"
    open_dates = gym.query(dates.format(HISTORY, f"where matures_at > date '{NEXT}'"))
    assert len(gym.query(dates.format(HISTORY, ""))) > len(open_dates) > 0
    told = rows(gym, "gym_foretell.foretell_store_metrics")
    keep(gym, "{history: 1 day, runs: 1 week, artifacts: 1}")
    gym.build(*ONLY, "foretell_models", today=NEXT)
    assert gym.query(dates.format(HISTORY, "")) == open_dates
    assert gym.query(dates.format(FEATURES, "")) == open_dates
    assert rows(gym, "gym_foretell.foretell_store_metrics") == told
    artifacts = "select version, artifact is not null from gym_foretell.foretell_store_model_versions order by 1"  # noqa: E501
    assert gym.query(artifacts) == [(1, True), (2, False), (3, True)], "but the last two champions"
    runs = "select count(*) from gym_foretell.foretell_store_runs where message is not null and step = 'build' and today < date '2025-08-25'"  # noqa: E501
    assert gym.value(runs) < gym.value(runs.replace("message is not null and ", ""))
    keep(gym, "{history: 730 days}")


def test_a_history_begins_anew(gym: PostgresProject) -> None:
    gym.replace(f"models/{PREDICTION}.sql", "    spine.member_id,\n", "    'M' || spine.member_id as member_id,\n")  # noqa: E501  # fmt: skip
    gym.replace("models/feat_member__visits.sql", "    spine.member_id,\n", "    'M' || spine.member_id as member_id,\n")  # noqa: E501  # fmt: skip
    select = ("--select", f"+{PREDICTION}")
    said = gym.refused(*select, today=LATER)
    assert "is TEXT in its training query now, and BIGINT in what" in said
    gym.build(*select, "--full-refresh", "--vars", "foretell_reset: true", today=LATER)
    assert gym.value(f"select count(*) from gym.{PREDICTION} where member_id not like 'M%'") == 0
    assert gym.value(f"select count(*) from {HISTORY}") > 0


def test_a_view_that_is_not_built_is_named(gym: PostgresProject) -> None:
    gym.change("drop view gym_foretell.foretell_gate_results cascade")
    said = says(gym, "gates", fails=True)
    assert "The view foretell_gate_results, which answers this, is not in this target" in said
