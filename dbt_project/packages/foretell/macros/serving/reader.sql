{#- The role that dashboards connect as on Postgres. It may read what is served, and nothing else. The
    command `foretell dashboards push` makes it and shows it the schemas; a build lets it read what
    the build made anew, in schemas that the command has shown it, and in no other. -#}


{#- A query for what the command needs to know, as JSON. With `make` the role is made, or its rights
    are renewed. -#}
{%- macro reader(make) -%}
    select {{ foretell._text(foretell._reader(make)) if execute else 'null' }} as answer
{%- endmacro -%}


{%- macro _reader(make) -%}
    {{- return(adapter.dispatch('_reader', 'foretell')(make)) -}}
{%- endmacro -%}


{%- macro default___reader(make) -%}
    {{- exceptions.raise_compiler_error(
        'The project was last built on postgres, and the target is now ' ~ target.name ~ ', which uses '
        ~ target.type ~ '. Choose the target that was built, such as with DBT_TARGET, or build this one.'
    ) -}}
{%- endmacro -%}


{%- macro postgres___reader(make) -%}
    {%- do foretell._require_engine() -%}
    {%- set served, others = foretell._served_relations(), [] -%}
    {%- do served.append({'schema': foretell.stores_schema(), 'name': 'foretell_build'}) -%}
    {%- set names = served | map(attribute='name') | list -%}
    {%- for node in graph.nodes.values() if node.resource_type in ('model', 'seed', 'snapshot')
        and node.alias not in names -%}
        {%- do others.append({'schema': node.schema, 'name': node.alias}) -%}
    {%- endfor -%}
    {{- return(adapter.foretell_reader(tojson({
        'served': served, 'others': others, 'stores': foretell.stores_schema(), 'make': make,
    }))) -}}
{%- endmacro -%}


{#- What a model made anew is read again before anybody misses it: a hook of the views of this
    package, in the transaction that makes them. -#}
{%- macro show_to_reader() -%}
    {%- if execute and target.type == 'postgres' and this.schema in foretell._schemas_of_reader() -%}
        grant select on {{ this }} to foretell_reader
    {%- endif -%}
{%- endmacro -%}


{#- Private: statements that let the role read what is served and was made by this dbt's user. -#}
{%- macro _grants_anew() -%}
    {%- set schemas, names = foretell._schemas_of_reader(), [] -%}
    {%- set served = foretell._served_relations() -%}
    {%- do served.append({'schema': foretell.stores_schema(), 'name': 'foretell_build'}) -%}
    {%- for relation in served if relation.schema in schemas -%}
        {%- do names.append('(' ~ foretell._text(relation.schema) ~ ', ' ~ foretell._text(relation.name) ~ ')') -%}
    {%- endfor -%}
    {%- if not names -%}{{- return([]) -}}{%- endif -%}
    {%- set grants -%}
        select format('grant select on %I.%I to foretell_reader', nspname, relname)
        from pg_class
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        where (nspname, relname) in ({{ names | join(', ') }}) and pg_has_role(relowner, 'usage')
    {%- endset -%}
    {{- return(run_query(grants).columns[0].values() | list) -}}
{%- endmacro -%}


{#- Private: the schemas that the role was shown; none where there is no such role. -#}
{%- macro _schemas_of_reader() -%}
    {%- set schemas -%}
        select nspname
        from pg_namespace
        cross join aclexplode(nspacl) as shown
        inner join pg_roles on shown.grantee = pg_roles.oid
        where rolname = 'foretell_reader' and shown.privilege_type = 'USAGE'
    {%- endset -%}
    {{- return(run_query(schemas).columns[0].values() | list) -}}
{%- endmacro -%}
