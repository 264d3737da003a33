"""``foretell new feature``: what it writes for each kind passes a real dbt build as written."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from project import ROOT, Project, make_gym

DIM_SQL = "select distinct member_id, true as is_member, 3 as years from {{ ref('fct_visits') }}"
VISITS = ("--entity", "member_id", "--source", "fct_visits", "--time", "visited_at")
FLAGS = {
    "events": ("--topic", "gym", "--column", "minutes", "--owner", "front desk", *VISITS),
    "states": ("--topic", "last", "--column", "minutes", *VISITS),
    "spine": ("--topic", "pace", "--column", "minutes", "--spine", "as_of_member", *VISITS),
}
#: Answers at the terminal, in the order of the questions; an empty one takes what is offered.
ANSWERS = ("", "Person", "person", "static", "dim_membrs", "dim_members", "is_member, years", "")


@dataclass(frozen=True)
class Written:
    """The gym with four new features, what the command printed, and dbt's results."""

    gym: Project
    printed: dict[str, str]
    results: dict[str, str]


def foretell(gym: Project, *args: str) -> subprocess.CompletedProcess[str]:
    """Run the command in the project's folder, without a terminal."""
    return subprocess.run(
        [gym.bin / "foretell", "new", "feature", *args],
        cwd=gym.folder,
        env=gym.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def talk(gym: Project, *answers: str) -> str:
    """Run the command at a terminal and answer its questions."""
    ours, theirs = pty.openpty()
    command = [gym.bin / "foretell", "new", "feature"]
    with subprocess.Popen(
        command, cwd=gym.folder, env=gym.environment(), stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        os.write(ours, "".join(f"{one}\n" for one in answers).encode())
        printed = b""
        # Linux ends a terminal that nobody writes to any more with an error.
        while True:
            try:
                printed += os.read(ours, 65536)
            except OSError:
                break
        os.close(ours)
        assert process.wait(timeout=60) == 0, printed.decode()
    return printed.decode()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    gym = make_gym(tmp_path_factory.mktemp("new") / "gym")
    gym.write("models/dim_members.sql", DIM_SQL)
    printed = {}
    for kind, flags in FLAGS.items():
        done = foretell(gym, "--kind", kind, *flags)
        assert done.returncode == 0, done.stderr
        printed[kind] = done.stdout
    printed["static"] = talk(gym, *ANSWERS)
    done = gym.dbt("build", "--select", "+path:models/features")
    assert done.returncode == 0, done.stdout
    found = json.loads((gym.folder / "target/run_results.json").read_text(encoding="utf-8"))
    results = {one["unique_id"]: one["status"] for one in found["results"]}
    return Written(gym, printed, results)


def test_all_kinds_pass_as_written(written: Written) -> None:
    assert set(written.results.values()) == {"success", "pass"}
    names = {one.split(".")[2] for one in written.results}
    for topic in ("gym", "last", "pace", "person"):
        assert f"feat_member__{topic}" in names
        assert any(
            one.startswith(f"unit_test.gym.feat_member__{topic}.") for one in written.results
        )
    for topic in ("gym", "last", "pace"):
        assert f"foretell_no_future_rows_feat_member__{topic}_" in names


def test_it_says_what_it_wrote_and_what_comes_next(written: Written) -> None:
    said = written.printed["events"]
    assert "Wrote models/features/member/feat_member__gym.sql" in said
    assert "Wrote models/features/member/feat_member__gym.yml" in said
    assert "dbt build --select feat_member__gym" in said
    assert "in models/pred_member__quits_30d.sql, add to the list of foretell.join_features" in said
    assert "ref('feat_member__gym')," in said


def test_a_wrong_answer_is_explained_and_asked_for_again(written: Written) -> None:
    said = written.printed["static"]
    assert "Key column that it is about [member_id]" in said
    assert "`--topic Person` cannot be part of a model's name" in said
    assert "Did you mean dim_members?" in said
    assert "Column that says when" not in said


def test_the_sql_is_in_the_demos_style(written: Written, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            written.gym.bin / "sqlfluff",
            "lint",
            *("--config", ROOT / ".sqlfluff", "--templater", "jinja"),
            written.gym.folder / "models/features",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All Finished" in done.stdout


def test_a_leak_in_the_view_of_kind_spine_fails_its_unit_test(written: Written) -> None:
    view = "models/features/member/feat_member__pace.sql"
    written.gym.replace(view, "as_of_date > events", "as_of_date >= events")
    try:
        said = written.gym.refused("--select", "feat_member__pace")
    finally:
        written.gym.replace(view, "as_of_date >= events", "as_of_date > events")
    assert "FAIL 1 feat_member__pace::pace_from_the_as_of_time_on_are_invisible" in said


@pytest.mark.parametrize(
    ("flags", "phrases"),
    [
        (("--topic", "x", "--kind", "spine"), ("Missing --entity, --source, --time, --spine",)),
        (
            ("--kind", "events", "--topic", "gym", *VISITS),
            ("feat_member__gym.sql and", "feat_member__gym.yml exists already", "--topic"),
        ),
        (
            ("--kind", "events", "--topic", "new", *VISITS, "--source", "fct_visit"),
            ("`--source fct_visit`", "Did you mean fct_visits"),
        ),
        (
            ("--kind", "events", "--topic", "two words", *VISITS),
            ("`--topic two words` cannot be part of a model's name",),
        ),
    ],
    ids=["missing", "there already", "unknown source", "no identifier"],
)
def test_refusals_name_the_flag(
    written: Written, flags: tuple[str, ...], phrases: tuple[str, ...]
) -> None:
    done = foretell(written.gym, *flags)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    for phrase in phrases:
        assert phrase in done.stderr
