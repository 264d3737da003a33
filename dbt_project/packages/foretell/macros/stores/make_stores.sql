{#- Creates the stores that are missing and adds the columns that a newer version brings, in
    on-run-start and nowhere else: two predictions that run at once may append to one store, but
    not create or alter it. A question creates and alters nothing. -#}
{%- macro make_stores() -%}
    {%- set here = execute and foretell._knows_adapter() -%}
    {%- if here and flags.WHICH in ('build', 'run', 'retry', 'seed', 'snapshot', 'clone') -%}
        {#- All that make tables: any of them may replace a store. -#}
        {%- do foretell._refuse_taken_names() -%}
    {%- endif -%}
    {%- if here and flags.WHICH in ('build', 'run', 'test', 'retry') -%}
        {#- What only the end of a build reads is refused before it, where it is written wrongly.
            A clock that is no date is not: each node that reads it refuses, and all others run. -#}
        {%- do foretell._retention() -%}
        {%- set schema, asked = foretell.stores_schema(), foretell._question() -%}
        {%- if not asked -%}
            {%- do foretell._check_target() -%}
            {#- To make what is there asks for the right to make it. -#}
            {%- if not adapter.check_schema_exists(target.database, schema) -%}
                {%- do foretell._refuse_without_right_to_make(schema) -%}
                {%- do adapter.create_schema(api.Relation.create(database=target.database, schema=schema)) -%}
            {%- endif -%}
            {%- do foretell._make_alone(schema) -%}
            {%- do foretell._mark_what_is_older() -%}
            {%- do foretell._move_older_stores() -%}
        {%- endif -%}
        {#- Listed at once: to ask dbt for the columns of a table that is not there rolls back. -#}
        {%- set there = {} -%}
        {%- for table in foretell._tables_in_stores() -%}
            {%- do there.update({table.name: table.columns}) -%}
        {%- endfor -%}
        {%- for name, columns in foretell._stores().items() -%}
            {%- set store = foretell._in_stores(foretell._store_name(name)) -%}
            {%- set have = there.get(store.identifier, []) -%}
            {%- if asked and have and columns.keys() | reject('in', have) | list -%}
                {%- do exceptions.raise_compiler_error(
                    store ~ ' was made by an older foretell: it has no '
                    ~ columns.keys() | reject('in', have) | join(', ')
                    ~ '. Run `dbt build` once, which adds it, and ask again.'
                ) -%}
            {%- elif not asked and not have -%}
                {%- call statement('make_' ~ name, auto_begin=false) -%}
                    create table {{ store }} (
                    {%- for column, type in columns.items() %}
                        {{ adapter.quote(column) }} {{ type }}{{ ',' if not loop.last }}
                    {%- endfor %}
                    );
                    {{ foretell._mark(store) }}
                {%- endcall -%}
            {%- elif not asked -%}
                {%- for column, type in columns.items() if column not in have -%}
                    {%- call statement('add_' ~ name ~ '_' ~ column, auto_begin=false) -%}
                        alter table {{ store }} add column {{ adapter.quote(column) }} {{ type }}
                    {%- endcall -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endfor -%}
        {#- Looking at tables has opened a transaction, which dbt would roll back. -#}
        {%- do foretell._settle() -%}
        {%- if not asked -%}{%- do foretell._made_alone(schema) -%}{%- endif -%}
    {%- endif -%}
{%- endmacro -%}


{#- Private: has other builds wait that are about to make the same stores; a session that ends lets
    them go on. -#}
{%- macro _make_alone(schema) -%}
    {{- return(adapter.dispatch('_make_alone', 'foretell')(schema)) -}}
{%- endmacro -%}


{#- One process has the database to itself. -#}
{%- macro default___make_alone(schema) -%}{%- endmacro -%}


{%- macro postgres___make_alone(schema) -%}
    {%- do run_query('select pg_advisory_lock(' ~ foretell._lock_of_stores(schema) ~ ')') -%}
{%- endmacro -%}


{#- Private: lets them go on. -#}
{%- macro _made_alone(schema) -%}
    {{- return(adapter.dispatch('_made_alone', 'foretell')(schema)) -}}
{%- endmacro -%}


{%- macro default___made_alone(schema) -%}{%- endmacro -%}


{%- macro postgres___made_alone(schema) -%}
    {%- do run_query('select pg_advisory_unlock(' ~ foretell._lock_of_stores(schema) ~ ')') -%}
    {%- do foretell._settle() -%}
{%- endmacro -%}


{#- Private to Postgres: its number; the engine makes those of predictions alike. -#}
{%- macro _lock_of_stores(schema) -%}
    {{- return("hashtext('foretell'), hashtext(" ~ foretell._text(schema) ~ ')') -}}
{%- endmacro -%}


{#- Schema of the stores: that of this package's own models, so that a project's
    generate_schema_name is respected. -#}
{%- macro stores_schema() -%}
    {%- for node in graph.nodes.values() if node.package_name == 'foretell' and node.resource_type == 'model' -%}
        {%- if loop.first -%}{{- return(node.schema) -}}{%- endif -%}
    {%- endfor -%}
    {{- return(target.schema ~ '_foretell') -}}
{%- endmacro -%}


{#- The name of a store's table. -#}
{%- macro _store_name(name) -%}{{- return('foretell_store_' ~ name) -}}{%- endmacro -%}


{#- Private to this package's hooks and operations: a store's table. -#}
{%- macro _store(name) -%}
    {{- return(foretell._in_stores(foretell._store_name(name))) -}}
{%- endmacro -%}


{#- Private to them: a table of the stores' schema. -#}
{%- macro _in_stores(name) -%}
    {{- return(api.Relation.create(
        database=target.database, schema=foretell.stores_schema(), identifier=name
    )) -}}
{%- endmacro -%}


{#- Private to them: the project's predictions, as nodes of dbt's graph. -#}
{%- macro _predictions() -%}
    {{- return(graph.nodes.values() | selectattr('config.materialized', 'equalto', 'prediction') | list) -}}
{%- endmacro -%}


{#- Private to what runs outside of a node: commits what is begun. A dbt that has no foretell beside it
    still keeps the stores of a project, so this asks for none. -#}
{%- macro _settle() -%}
    {%- call statement('settle') -%} select 1 {%- endcall -%}
    {%- do adapter.commit() -%}
{%- endmacro -%}


{#- Private: refuses a role that may not make the schema of the stores. -#}
{%- macro _refuse_without_right_to_make(schema) -%}
    {%- if target.type == 'postgres' -%}
        {%- set role, may = run_query(
            "select current_user, has_database_privilege(current_database(), 'create')"
        ).rows[0] -%}
        {%- if not may -%}
            {%- do exceptions.raise_compiler_error(
                'The schema ' ~ schema ~ ', where foretell keeps its stores, is not there, and the role ' ~ role
                ~ ' may not make it. Nothing was changed. Have an administrator run: create schema '
                ~ adapter.quote(schema) ~ ' authorization ' ~ adapter.quote(role)
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}


{#- Private to operations: begins what foretell._settle commits. -#}
{%- macro _begin() -%}
    {{- return(adapter.dispatch('_begin', 'foretell')()) -}}
{%- endmacro -%}


{#- dbt begins by itself before the first statement. -#}
{%- macro default___begin() -%}{%- endmacro -%}


{#- In an operation dbt-postgres commits each statement: the driver believes that the transaction, which
    dbt has ended by a statement of its own, still goes on. -#}
{%- macro postgres___begin() -%}
    {%- call statement('begin', auto_begin=false) -%} begin {%- endcall -%}
{%- endmacro -%}
