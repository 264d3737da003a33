"""Where a scored row leads: ``meta.entity_link`` of a prediction, the page of one entity."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from urllib.parse import quote

from foretell.dashboards.declared.manifest import slug
from foretell.errors import SpecError
from foretell.warehouse import dialect_of

# The key comes after the host, which it could otherwise change.
_ADDRESS = r"""(https?://[^\s"<>{}\\/?#]+[/?#]|/(?![/\\]))[^\s"<>]*\{\}[^\s"<>]*"""
_FILTERED = (
    "/superset/dashboard/{slug}/?native_filters=(NATIVE_FILTER-1:(id:NATIVE_FILTER-1,"
    "extraFormData:(filters:!((col:'{column}',op:IN,val:!('{{}}')))),filterState:(value:!('{{}}'))))"
)
_QUOTE = "chr(39)"


@dataclass(frozen=True)
class EntityLink:
    """The page of one entity: an address with ``{}`` for its key, or a dashboard of the project.

    Attributes
    ----------
    declared_in
        File and name of the prediction, for errors.
    """

    target: str
    entity: str
    declared_in: str

    @property
    def dashboard(self) -> str | None:
        """Folder of the dashboard, whose first filter is by the entity."""
        return None if "{}" in self.target else self.target

    def href(self, project: str, key: str, warehouse: str) -> str:
        """SQL of the address of one entity, escaped for a quoted attribute.

        Parameters
        ----------
        key
            SQL of the entity's key as text. It is percent-encoded: it cannot leave its place.
        warehouse
            In whose SQL.
        """
        address = self.target
        if self.dashboard is not None:
            # rison, as Superset writes filters in addresses, has ! for an escape
            column = quote(re.sub("[!']", r"!\g<0>", self.entity))
            address = _FILTERED.format(slug=slug(project, self.dashboard), column=column)
            key = f"replace(replace({key}, '!', '!!'), {_QUOTE}, '!' || {_QUOTE})"
        escaped = html.escape(address).replace("'", "''")
        encoded = dialect_of(warehouse).percent_encoded(key)
        return f"replace('{escaped}', '{{}}', {encoded})"


def read_link(target: object, *, entity: str, declared_in: str) -> EntityLink | None:
    """What a prediction's ``entity_link`` says, if it says anything.

    Raises
    ------
    SpecError
        It is neither an address nor a name.
    """
    if target is None:
        return None
    if isinstance(target, str) and re.fullmatch(rf"\w+|{_ADDRESS}", target):
        return EntityLink(target, entity, declared_in)
    raise SpecError(
        f"{declared_in}: `entity_link` is {target!r}; write an address with {{}} where the key "
        "goes, after the host, such as https://crm.example.com/customers/{}, or the folder of a "
        "dashboard"
    )
