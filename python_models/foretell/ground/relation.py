"""Names of tables and views, quoted."""

from __future__ import annotations

from dataclasses import dataclass, replace


def quoted(identifier: str) -> str:
    """An identifier as standard SQL writes it, whatever characters it holds."""
    return '"' + identifier.replace('"', '""') + '"'


@dataclass(frozen=True)
class Relation:
    """A table or view in the warehouse."""

    database: str
    schema: str
    name: str

    def __str__(self) -> str:
        return ".".join(quoted(part) for part in (self.database, self.schema, self.name))

    def sibling(self, name: str) -> Relation:
        """The relation ``name`` in the same schema."""
        return replace(self, name=name)
