"""Views of Postgres, to be made again as they were: it changes no column that one of them reads."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class View:
    """A view, with all that was said of it since it was made.

    Attributes
    ----------
    name
        Its schema and name, in quotes where they need them.
    is_replaced
        Whether another one takes its place.
    is_stored
        Whether it keeps its rows.
    options
        Such as ``security_invoker=true``.
    owner
        In quotes where it needs them; None if it is the role of this session.
    said
        Statements that grant and comment on it again, with the column that they are about.
    """

    name: str
    is_replaced: bool
    is_stored: bool
    definition: str
    options: str | None
    owner: str | None
    said: Sequence[tuple[str | None, str]]

    def made_again(self, columns: Collection[str]) -> Iterator[str]:
        """Statements that make it as it was; of one that is replaced, what was said of it.

        Parameters
        ----------
        columns
            Those of the view that takes its place.
        """
        if not self.is_replaced:
            options = f" with ({self.options})" if self.options else ""
            yield f"create view {self.name}{options} as {self.definition}"
        elif self.options:
            yield f"alter view {self.name} set ({self.options})"
        for column, statement in self.said:
            if column is None or not self.is_replaced or column in columns:
                yield statement
        if self.owner:
            yield f"alter view {self.name} owner to {self.owner}"


#: Views that read a relation, directly or through others, those first that others read; with the
#: relation itself where that is asked for. As `View` has them.
READERS = """
with recursive readers as (
    select to_regclass(%s)::oid as oid, 0 as depth
    union
    select pg_rewrite.ev_class, readers.depth + 1
    from readers
    inner join pg_depend on readers.oid = pg_depend.refobjid
    inner join pg_rewrite on pg_depend.objid = pg_rewrite.oid
    where pg_depend.refclassid = 'pg_class'::regclass and pg_rewrite.ev_class <> readers.oid
),

deepest as (
    select oid, max(depth) as depth from readers group by oid
),

grants as (
    select
        granted.oid,
        granted.attname,
        format(
            'grant %%s%%s on %%s to %%s%%s',
            privilege_type,
            ' (' || quote_ident(granted.attname) || ')',
            granted.oid::regclass,
            case when grantee = 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end,
            case when is_grantable then ' with grant option' end
        ) as statement
    from (
        select oid, null as attname, relowner, relacl as acl from pg_class
        union all
        select pg_class.oid, attname, relowner, attacl
        from pg_attribute inner join pg_class on attrelid = pg_class.oid
    ) as granted
    cross join aclexplode(granted.acl)
    where grantee <> relowner and granted.oid in (select oid from deepest)
),

comments as (
    select
        objoid as oid,
        attname,
        case
            when objsubid = 0
                then format('comment on view %%s is %%L', objoid::regclass, description)
            else format('comment on column %%s.%%I is %%L', objoid::regclass, attname, description)
        end as statement
    from pg_description
    left join pg_attribute on attrelid = objoid and attnum = objsubid and objsubid > 0
    where classoid = 'pg_class'::regclass and objoid in (select oid from deepest)
),

said as (
    select oid, json_agg(json_build_array(attname, statement)) as statements
    from (select * from grants union all select * from comments) as both_said
    group by oid
)

select
    format('%%I.%%I', nspname, relname) as name,
    depth = 0 as is_replaced,
    relkind = 'm' as is_stored,
    pg_get_viewdef(pg_class.oid) as definition,
    array_to_string(reloptions, ', ') as options,
    nullif(quote_ident(pg_get_userbyid(relowner)), quote_ident(current_user)) as owner,
    coalesce(statements, '[]') as said
from deepest
inner join pg_class on deepest.oid = pg_class.oid
inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
left join said on deepest.oid = said.oid
where depth > 0 or %s
order by depth
"""
