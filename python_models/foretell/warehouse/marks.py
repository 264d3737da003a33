"""How foretell knows its own tables: by a comment that it sets when it makes one.

Schemas are shared, and a name alone says nothing: what carries no mark is never replaced, added to
or dropped. The dbt package has the same text in macros/stores/_ours.sql.
"""

from __future__ import annotations

from foretell.errors import ForeignRelationError
from foretell.ground.relation import Relation

#: What the comment of a table that foretell made begins with.
MARK = "Made by foretell"
COMMENT = f"{MARK}; it alone writes here."


def foreign(relation: Relation) -> ForeignRelationError:
    """The refusal to touch a table that foretell did not make."""
    return ForeignRelationError(
        f"{relation} is there, and foretell did not make it (its comment does not begin with "
        f"{MARK!r}), so it is left as it is. Rename or move it. If an interrupted build of "
        f"foretell 0.1 left it behind, drop it: drop table {relation}"
    )
