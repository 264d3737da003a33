"""The problems that benchmarks/models.py measures by: one file per source of data."""

from problems import complete_journey, nycflights, scikit_learn, statsmodels_data
from problems.problem import Problem, Split

__all__ = ["PROBLEMS", "Problem", "Split"]

PROBLEMS: dict[str, Problem] = {
    problem.name: problem
    for problem in (
        *scikit_learn.PROBLEMS,
        *statsmodels_data.PROBLEMS,
        *nycflights.PROBLEMS,
        *complete_journey.PROBLEMS,
    )
}
