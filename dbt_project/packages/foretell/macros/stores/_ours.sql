{#- Private to foretell: which tables of the stores' schema are ours. A table is, if it carries the
    mark that foretell sets when it makes one, or, of version 0.1, which set none, has the columns that
    only its tables have. Everything else under our names is somebody else's: it is refused before
    anything is written, and never altered, inserted into or dropped. -#}


{#- Refuses a build in which a model, seed or snapshot of the project, or a table that somebody made,
    has a name that foretell writes to. -#}
{%- macro _refuse_taken_names() -%}
    {%- set schema, wanted = foretell.stores_schema(), foretell._names_in_stores() -%}
    {%- for node in graph.nodes.values() -%}
        {%- set what = wanted.get((node.get('alias') or node.name) | lower) -%}
        {%- if
            what and node.resource_type in ('model', 'seed', 'snapshot')
            and node.config.materialized != 'ephemeral'
            and (node.database or target.database) | lower == target.database | lower
            and node.schema | lower == schema | lower
        -%}
            {%- do exceptions.raise_compiler_error(
                'The ' ~ node.resource_type ~ ' ' ~ node.name ~ ' (' ~ node.original_file_path ~ ') is built as '
                ~ node.schema ~ '.' ~ (node.get('alias') or node.name) ~ ', which is where foretell keeps '
                ~ what ~ ': each would replace the other. Nothing was changed. Give that '
                ~ node.resource_type ~ ' another alias, or let generate_schema_name give the package '
                ~ 'foretell a schema of its own (`{% if node.package_name == "foretell" %}`).'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set ours = foretell._our_tables() -%}
    {%- for table in foretell._tables_in_stores() if table.name | lower in wanted and table.name not in ours -%}
        {%- do exceptions.raise_compiler_error(
            'The ' ~ table.kind ~ ' ' ~ schema ~ '.' ~ table.name ~ ' stands where foretell keeps '
            ~ wanted[table.name | lower] ~ ', and foretell did not make it. Nothing was changed. Rename or '
            ~ 'move it, or let generate_schema_name give the package foretell a schema of its own.'
        ) -%}
    {%- endfor -%}
{%- endmacro -%}


{#- Every name that foretell may write to in the stores' schema, in lower case, with what it keeps
    there. The engine's names of a prediction's tables are in request.py and scratch.py. -#}
{%- macro _names_in_stores() -%}
    {%- set wanted = {'foretell_build': 'the last build that dashboards show'} if target.type == 'postgres' else {} -%}
    {%- for name in foretell._stores() -%}
        {%- do wanted.update({foretell._store_name(name): 'its store `' ~ name ~ '`'}) -%}
    {%- endfor -%}
    {%- for node in foretell._predictions() -%}
        {%- for side in ('', '__then', '__now') -%}
            {%- for part in foretell._parts_of_a_prediction() -%}
                {%- set name = node.name ~ side ~ '__' ~ part -%}
                {%- do wanted.update({name | lower: '`' ~ name ~ '` of the prediction ' ~ node.name}) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(wanted) -}}
{%- endmacro -%}


{#- What follows a prediction's name and two underscores in the names of its tables. -#}
{%- macro _parts_of_a_prediction() -%}
    {{- return([
        'history', 'features', 'quarantine', 'history_anew', 'features_anew', 'running', 'staged',
        'scored', 'set_aside', 'query', 'plain', 'reasons', 'backtest', 'asked', 'compared',
    ]) -}}
{%- endmacro -%}


{#- Names of the tables in the stores' schema that are ours. -#}
{%- macro _our_tables() -%}
    {%- set ours = [] -%}
    {%- for table in foretell._tables_in_stores() if table.is_marked or foretell._is_older(table) -%}
        {%- do ours.append(table.name) -%}
    {%- endfor -%}
    {{- return(ours) -}}
{%- endmacro -%}


{#- Marks the tables of version 0.1. -#}
{%- macro _mark_what_is_older() -%}
    {%- for table in foretell._tables_in_stores() if not table.is_marked and foretell._is_older(table) -%}
        {%- call statement('mark_' ~ table.name, auto_begin=false) -%}
            {{ foretell._mark(foretell._in_stores(table.name)) }}
        {%- endcall -%}
    {%- endfor -%}
{%- endmacro -%}


{#- Whether a table without a mark is one of version 0.1: a store has the columns of a store and no
    other; a prediction's table has those that the engine adds. -#}
{%- macro _is_older(table) -%}
    {%- set store = foretell._stores().get(table.name) -%}
    {%- if table.kind != 'table' -%}
        {{- return(false) -}}
    {%- elif store -%}
        {{- return('run_id' in table.columns and 'prediction' in table.columns
            and not table.columns | reject('in', store.keys()) | list) -}}
    {%- endif -%}
    {%- for part, columns in {
        'history': ['run_id', 'origin', 'scored_at', 'today', 'model_version'],
        'features': ['foretell_version', 'foretell_run'],
        'quarantine': ['foretell_run_id', 'foretell_at', 'foretell_today'],
        'staged': ['foretell_matures_at'],
    }.items() if table.name.endswith('__' ~ part) -%}
        {{- return(not columns | reject('in', table.columns) | list) -}}
    {%- endfor -%}
    {{- return(false) -}}
{%- endmacro -%}


{#- Tables and views in the stores' schema: name, kind, columns and whether they carry the mark. -#}
{%- macro _tables_in_stores() -%}
    {{- return(adapter.dispatch('_tables_in_stores', 'foretell')()) -}}
{%- endmacro -%}

{%- macro default___tables_in_stores() -%}
    {{- foretell._refuse_adapter() -}}
{%- endmacro -%}


{%- macro duckdb___tables_in_stores() -%}
    {%- set listed -%}
        select
            columns.table_name,
            coalesce(any_value(tables.comment), '') like '{{ foretell._mark_text() }}%' as is_marked,
            any_value(tables.table_name) is not null as is_table,
            string_agg(columns.column_name, chr(10) order by columns.column_index) as names
        from duckdb_columns() as columns
        left join duckdb_tables() as tables
            on columns.table_oid = tables.table_oid and columns.database_oid = tables.database_oid
        where
            columns.database_name = '{{ target.database | replace("'", "''") }}'
            and columns.schema_name = '{{ foretell.stores_schema() | replace("'", "''") }}'
        group by columns.table_name
        order by columns.table_name
    {%- endset -%}
    {{- return(foretell._read_tables(listed)) -}}
{%- endmacro -%}


{%- macro postgres___tables_in_stores() -%}
    {%- set listed -%}
        select
            pg_class.relname,
            coalesce(obj_description(pg_class.oid, 'pg_class'), '') like '{{ foretell._mark_text() }}%' as is_marked,
            pg_class.relkind in ('r', 'p') as is_table,
            string_agg(pg_attribute.attname, chr(10) order by pg_attribute.attnum) as names
        from pg_class
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        inner join pg_attribute on pg_class.oid = pg_attribute.attrelid
        where
            pg_namespace.nspname = '{{ foretell.stores_schema() | replace("'", "''") }}'
            and pg_class.relkind in ('r', 'p', 'v', 'm', 'f')
            and pg_attribute.attnum > 0
            and not pg_attribute.attisdropped
        group by pg_class.oid, pg_class.relname, pg_class.relkind
        order by pg_class.relname
    {%- endset -%}
    {{- return(foretell._read_tables(listed)) -}}
{%- endmacro -%}


{%- macro _read_tables(listed) -%}
    {%- set tables = [] -%}
    {%- for name, is_marked, is_table, columns in run_query(listed).rows -%}
        {%- do tables.append({
            'name': name, 'is_marked': is_marked, 'kind': 'table' if is_table else 'view',
            'columns': columns.split('\n'),
        }) -%}
    {%- endfor -%}
    {{- return(tables) -}}
{%- endmacro -%}


{#- SQL that marks a table as made by foretell. -#}
{%- macro _mark(relation) -%}
    comment on table {{ relation }} is '{{ foretell._mark_text() }}; it alone writes here.'
{%- endmacro -%}


{#- What the comment of our tables begins with; the engine has it in warehouse/marks.py. -#}
{%- macro _mark_text() -%}Made by foretell{%- endmacro -%}
