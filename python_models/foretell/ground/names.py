"""Names that the engine adds to those of a project."""

from __future__ import annotations

#: What a person's query is called in a query of the engine's over it.
QUERY = "foretell_query"
#: The rule to beat, as `baseline.sql` computes it.
RULE = "foretell_rule"
#: What the score is called among features, of which one may be named `score`.
SCORE = "foretell_score"
#: When a staged row's outcome is known, and whether it is by now.
MATURES_AT, IS_MATURED = "foretell_matures_at", "foretell_is_matured"
#: As-of column of a flat table, which has none: the day on which a row is read.
READ_ON = "as_of_date"
