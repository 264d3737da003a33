"""Names of the stores, and which of their rows a reader sees: those whose run is on record.

A run writes its rows under its id wherever they belong, and its own record last. That one row makes
all others visible at once, on a warehouse with transactions or without. The dbt package has the
same rule in macros/stores/seen.sql.
"""

from __future__ import annotations

from foretell.ground.relation import Relation

#: What the name of every store begins with.
PREFIX = "foretell_store_"
STORES = (
    "model_versions",
    "model_signatures",
    "model_cards",
    "model_events",
    "metrics",
    "gains",
    "calibration_bins",
    "feature_statistics",
    "features",
    "feature_views",
    "feature_worth",
    "feature_findings",
    "validation_results",
    "learned_expectations",
    "runs",
)
#: How a run ended whose rows are seen.
PUBLISHED = ("published", "waiting")
#: Stores of which the rows of other runs are seen too: that a gate stopped one is worth knowing.
SEEN_OF = {
    "model_events": (*PUBLISHED, "refused"),
    "validation_results": (*PUBLISHED, "refused", "crashed"),
    "feature_findings": (*PUBLISHED, "refused", "crashed"),
}


def store_in(schema: Relation, name: str) -> Relation:
    """A store in a schema."""
    return schema.sibling(PREFIX + name)


def published_runs(schema: Relation, prediction: str) -> str:
    """Query for the ids of a prediction's runs whose scores are seen."""
    name = prediction.replace("'", "''")
    return (
        f"select run_id from {store_in(schema, 'runs')} "
        f"where prediction = '{name}' and status = 'published'"
    )


def seen_in(schema: Relation, name: str) -> str:
    """Query in brackets for the rows of a store that readers see."""
    store = store_in(schema, name)
    if name == "runs":
        return f"(select * from {store})"
    return f"(select * from {store} where {is_seen(schema, name)})"


def is_seen(schema: Relation, name: str) -> str:
    """Condition on the rows of a store that readers see."""
    statuses = ", ".join(f"'{status}'" for status in SEEN_OF.get(name, PUBLISHED))
    runs = store_in(schema, "runs")
    seen = f"run_id in (select run_id from {runs} where status in ({statuses}))"
    # A dbt test that guards a relation is no run of a prediction.
    return f"(stage = 'relation' or {seen})" if name == "validation_results" else seen
