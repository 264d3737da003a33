"""Surveys inside statsmodels, read as files: it is not imported."""

from __future__ import annotations

import pandas as pd

from problems.problem import Problem, file_of, numbered

_OCCUPATIONS = {
    1: "student",
    2: "worker",
    3: "white collar",
    4: "teacher, nurse, artist, technician",
    5: "managerial, business",
    6: "professional",
}
_PARTIES = (
    "strong_democrat",
    "weak_democrat",
    "leans_democrat",
    "independent",
    "leans_republican",
    "weak_republican",
    "strong_republican",
)


def _affairs() -> pd.DataFrame:
    rows = pd.read_csv(file_of("statsmodels", "datasets", "fair", "fair.csv"))
    for column in ("occupation", "occupation_husb"):
        rows[column] = rows[column].map(_OCCUPATIONS)
    rows["has_affairs"] = rows.pop("affairs") > 0
    return numbered(rows, "respondent_id", expected=6366)


def _party() -> pd.DataFrame:
    rows = pd.read_csv(file_of("statsmodels", "datasets", "anes96", "anes96.csv"), sep="\t")
    rows.columns = [name.strip("'").lower() for name in rows.columns]
    rows["party"] = rows.pop("pid").map(dict(enumerate(_PARTIES)))
    return numbered(rows, "respondent_id", expected=944)


def _visits() -> pd.DataFrame:
    rows = pd.read_csv(file_of("statsmodels", "datasets", "randhie", "randhie.csv"))
    # A person's years stand there as rows that hardly differ, without saying whose they are: a
    # model could look a test row's person up. So only the first row of those that are alike.
    rows = rows.drop_duplicates(["idp", "lpi", "fmde", "physlm", "disea"])
    return numbered(rows, "person_id", expected=2278)


PROBLEMS = (
    Problem(
        name="affairs",
        about="Does a married woman have affairs? A survey of 6,366 (fair), two columns of text.",
        task="binary",
        entity="respondent_id",
        label="has_affairs",
        rows=_affairs,
    ),
    Problem(
        name="party",
        about="Which of seven degrees of party loyalty? 944 voters of 1996 (anes96).",
        task="multiclass",
        entity="respondent_id",
        label="party",
        rows=_party,
    ),
    Problem(
        name="doctor_visits",
        about="How often does a person see a doctor in a year? 2,278 people (randhie).",
        task="regression",
        entity="person_id",
        label="mdvis",
        rows=_visits,
    ),
)
