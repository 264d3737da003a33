{#- Private to foretell.make_stores: refuses predictions where what they keep could not be kept,
    before anything is built. What is checked only keeps nothing, and may be anywhere. -#}
{%- macro _check_target() -%}
    {%- set predictions = foretell._predictions() | selectattr('unique_id', 'in', selected_resources) | map(attribute='name') | list -%}
    {%- for node in foretell._predictions() if node.unique_id in selected_resources and node.database != target.database -%}
        {%- do exceptions.raise_compiler_error(
            node.name ~ ' is configured for the database ' ~ node.database ~ ', and the stores of foretell are '
            ~ 'in that of the target, ' ~ target.database ~ '; a prediction is published in one transaction, '
            ~ 'which DuckDB limits to one database. Remove `database:` from its config, or set it in the output `'
            ~ target.name ~ '` of the profile.'
        ) -%}
    {%- endfor -%}
    {%- if predictions and not foretell._keeps_nothing() -%}
        {%- set place = foretell._place_of_stores() -%}
        {%- set begins = 'The database of target ' ~ target.name ~ ' (`path: ' ~ target.path ~ '`) ' -%}
        {%- set ends = ' Name a DuckDB file as `path:` in the profile, such as `path: data/' ~ project_name
            ~ '.duckdb`, or leave predictions out: `--exclude config.materialized:prediction`.' -%}
        {%- if place.in_memory -%}
            {%- do exceptions.raise_compiler_error(
                begins ~ 'is in memory: the champion, the scores and all records of '
                ~ predictions | join(', ') ~ ' would be gone when dbt ends.' ~ ends
            ) -%}
        {%- elif place.type != 'duckdb' -%}
            {%- do exceptions.warn(
                begins ~ 'is of the type ' ~ place.type ~ '. foretell is tested on DuckDB files only: '
                ~ 'what predictions keep will lie in that database, and whether all works there is not known.'
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}


{%- macro _place_of_stores() -%}
    {{- return(adapter.dispatch('_place_of_stores', 'foretell')()) -}}
{%- endmacro -%}


{%- macro default___place_of_stores() -%}
    {{- foretell._refuse_adapter() -}}
{%- endmacro -%}


{#- Private: what a macro says on an adapter that foretell does not know. -#}
{%- macro _refuse_adapter() -%}
    {{- exceptions.raise_compiler_error(
        "foretell runs on dbt's adapter duckdb so far; the target " ~ target.name ~ ' uses ' ~ target.type
        ~ '. Nothing was changed.'
    ) -}}
{%- endmacro -%}


{%- macro duckdb___place_of_stores() -%}
    {%- set rows = run_query(
        "select type, path is null from duckdb_databases() where database_name = "
        ~ foretell._text(target.database)
    ).rows -%}
    {#- dbt itself complains of a database that is not there. -#}
    {%- if not rows -%}{{- return({'type': 'duckdb'}) -}}{%- endif -%}
    {%- set type, without_path = rows[0][0], rows[0][1] -%}
    {{- return({'type': type, 'in_memory': type == 'duckdb' and without_path}) -}}
{%- endmacro -%}
