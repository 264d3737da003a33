{#- Private to foretell.make_stores: refuses predictions where what they keep could not be kept,
    before anything is built. What is checked only keeps nothing, and may be anywhere. -#}
{%- macro _check_target() -%}
    {%- set predictions = foretell._predictions() | selectattr('unique_id', 'in', selected_resources) | map(attribute='name') | list -%}
    {%- for node in foretell._predictions() if node.unique_id in selected_resources and node.database != target.database -%}
        {%- do exceptions.raise_compiler_error(
            node.name ~ ' is configured for the database ' ~ node.database ~ ', and the stores of foretell are '
            ~ 'in that of the target, ' ~ target.database ~ '; what a prediction shows and what it keeps lie '
            ~ 'in one database. Remove `database:` from its config, or set it in the output `'
            ~ target.name ~ '` of the profile.'
        ) -%}
    {%- endfor -%}
    {%- if predictions and not foretell._keeps_nothing() -%}
        {%- do foretell._check_place_of_stores(predictions) -%}
    {%- endif -%}
{%- endmacro -%}


{#- Private: refuses what needs Python where this dbt cannot run it. -#}
{%- macro _require_engine() -%}
    {%- if not foretell._knows_adapter() -%}{%- do foretell._refuse_adapter() -%}{%- endif -%}
    {#- dbt-duckdb runs Python by itself, and says what it cannot import. -#}
    {%- if target.type == 'postgres' and adapter.foretell_expect is not defined -%}
        {%- do exceptions.raise_compiler_error(
            'The Python package foretell is not installed where this dbt runs, and predictions and '
            ~ 'expectations need it. Nothing was changed. Install it there: pip install '
            ~ "'foretell[postgres]'"
        ) -%}
    {%- endif -%}
{%- endmacro -%}


{#- Private: whether the target's database is one that foretell runs on. -#}
{%- macro _knows_adapter() -%}
    {{- return(target.type in ('duckdb', 'postgres')) -}}
{%- endmacro -%}


{#- Private: what a macro says on an adapter that foretell does not know. -#}
{%- macro _refuse_adapter() -%}
    {{- exceptions.raise_compiler_error(
        "foretell runs on dbt's adapters duckdb and postgres; the target " ~ target.name ~ ' uses ' ~ target.type
        ~ ', of which docs/reference/warehouses.md says what is missing. Nothing was changed. Leave '
        ~ 'predictions out there: `--exclude config.materialized:prediction package:foretell`.'
    ) -}}
{%- endmacro -%}


{%- macro _check_place_of_stores(predictions) -%}
    {{- return(adapter.dispatch('_check_place_of_stores', 'foretell')(predictions)) -}}
{%- endmacro -%}


{%- macro default___check_place_of_stores(predictions) -%}
    {{- foretell._refuse_adapter() -}}
{%- endmacro -%}


{%- macro duckdb___check_place_of_stores(predictions) -%}
    {%- set rows = run_query(
        "select type, path is null from duckdb_databases() where database_name = "
        ~ foretell._text(target.database)
    ).rows -%}
    {#- dbt itself complains of a database that is not there. -#}
    {%- set type, without_path = rows[0] if rows else ('duckdb', false) -%}
    {%- set begins = 'The database of target ' ~ target.name ~ ' (`path: ' ~ target.path ~ '`) ' -%}
    {%- set ends = ' Name a DuckDB file as `path:` in the profile, such as `path: data/' ~ project_name
        ~ '.duckdb`, or leave predictions out: `--exclude config.materialized:prediction`.' -%}
    {%- if type == 'duckdb' and without_path -%}
        {%- do exceptions.raise_compiler_error(
            begins ~ 'is in memory: the champion, the scores and all records of '
            ~ predictions | join(', ') ~ ' would be gone when dbt ends.' ~ ends
        ) -%}
    {%- elif type != 'duckdb' -%}
        {%- do exceptions.warn(
            begins ~ 'is of the type ' ~ type ~ '. foretell is tested on DuckDB files only: '
            ~ 'what predictions keep will lie in that database, and whether all works there is not known.'
        ) -%}
    {%- endif -%}
{%- endmacro -%}


{%- macro postgres___check_place_of_stores(predictions) -%}
    {%- set version = run_query("select current_setting('server_version_num')::int / 10000").rows[0][0] -%}
    {%- if version < 15 -%}
        {%- do exceptions.raise_compiler_error(
            'The server of target ' ~ target.name ~ ' is Postgres ' ~ version ~ ', and predictions need 15 or '
            ~ 'newer. Nothing was changed. Leave them out: `--exclude config.materialized:prediction`.'
        ) -%}
    {%- endif -%}
{%- endmacro -%}
