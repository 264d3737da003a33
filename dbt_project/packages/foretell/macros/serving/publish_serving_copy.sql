{#- SQL that shows a build to dashboards, at the end of a `dbt build` or `dbt run`: after a failed
    node too, never after --empty, --sample or a question, and never when no model ran. -#}
{%- macro publish_serving_copy() -%}
    {%- if execute and foretell._knows_adapter() and flags.WHICH in ('build', 'run', 'retry') and not foretell._keeps_nothing() and not foretell._question() -%}
        {%- set ran = results | selectattr('node.resource_type', 'equalto', 'model') | list -%}
        {%- if ran -%}
            {%- set refusal = foretell._clock().refusal -%}
            {%- if refusal -%}
                {%- do log('Dashboards are not told of this build: ' ~ refusal, info=true) -%}
            {%- else -%}
                {{- foretell._show_build() -}}
            {%- endif -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}


{#- Private: whether dashboards read a copy of the target, because a build locks it. -#}
{%- macro _serves_a_copy() -%}
    {{- return(adapter.dispatch('_serves_a_copy', 'foretell')()) -}}
{%- endmacro -%}


{%- macro default___serves_a_copy() -%}{{- return(false) -}}{%- endmacro -%}


{%- macro duckdb___serves_a_copy() -%}{{- return(true) -}}{%- endmacro -%}


{#- Private: the statements. -#}
{%- macro _show_build() -%}
    {{- return(adapter.dispatch('_show_build', 'foretell')()) -}}
{%- endmacro -%}


{%- macro default___show_build() -%}
    {{- foretell._refuse_adapter() -}}
{%- endmacro -%}


{#- A copy in a file of its own. -#}
{%- macro duckdb___show_build() -%}
    {%- set missing = foretell._serving_missing() -%}
    {%- if missing -%}
        {#- Said, not warned of: --warn-error would break off the end of a build. -#}
        {%- do log(missing, info=true) -%}
    {%- else -%}
        {{- return(foretell._publish(foretell._text(tojson(foretell._serving_request())))) -}}
    {%- endif -%}
{%- endmacro -%}


{#- Dashboards read the relations themselves: what is left is to say which build this was, and to let
    the role read what was made anew. -#}
{%- macro postgres___show_build() -%}
    {%- set build = foretell._in_stores('foretell_build') -%}
    {%- set statements = [
        'create table if not exists ' ~ build
        ~ ' (build_id text, today date, stands_at timestamp, published_at timestamp)',
        foretell._mark(build),
        'delete from ' ~ build,
        'insert into ' ~ build ~ ' values (' ~ foretell._text(invocation_id) ~ ', ' ~ foretell.today()
        ~ ', ' ~ foretell.now() ~ ", now() at time zone 'UTC')",
    ] -%}
    {{- return((statements + foretell._grants_anew()) | join(';\n')) -}}
{%- endmacro -%}


{#- Private to foretell._show_build and foretell.publish_without: the statement, which
    fails with the reason where nothing was published. A literal or a binding holds the request. -#}
{%- macro _publish(request) -%}
    with publication as materialized (
        select foretell_publish({{ request }}) as answer
    )
    select
        case
            when starts_with(answer, 'refused: ') then error(substr(answer, length('refused: ') + 1))
            else answer
        end as published
    from publication
{%- endmacro -%}


{#- Private: what is missing for a serving copy, and what to do about it; none if nothing is. -#}
{%- macro _serving_missing() -%}
    {%- set functions = foretell._plugin_functions() -%}
    {%- if 'foretell_publish' in functions -%}{{- return(none) -}}{%- endif -%}
    {%- if not functions -%}
        {{- return(
            'No serving copy is published, which dashboards read, because the profile has no line '
            ~ 'for the plugin. ' ~ foretell._plugin_line() ~ ' Predictions work without it.'
        ) -}}
    {%- endif -%}
    {{- return(
        'No serving copy is published, which dashboards read: the database of target ' ~ target.name
        ~ ' (`path: ' ~ target.path ~ '`) is no file, beside which it would lie. Name a file for it in '
        ~ 'the profile: `plugins: [{module: foretell.warehouse.dbt_plugin, config: {serving: '
        ~ 'data/' ~ project_name ~ '_serving.duckdb}}]`.'
    ) -}}
{%- endmacro -%}


{#- Private: how the plugin is named in the profile. -#}
{%- macro _plugin_line() -%}
    {{- return(
        'Add `plugins: [{module: foretell.warehouse.dbt_plugin}]` to the output `' ~ target.name
        ~ '` of the profile `' ~ target.profile_name ~ '` in profiles.yml.'
    ) -}}
{%- endmacro -%}


{#- Private: which of the plugin's functions the connection has. -#}
{%- macro _plugin_functions() -%}
    {{- return(adapter.dispatch('_plugin_functions', 'foretell')()) -}}
{%- endmacro -%}


{%- macro default___plugin_functions() -%}
    {{- foretell._refuse_adapter() -}}
{%- endmacro -%}


{%- macro duckdb___plugin_functions() -%}
    {%- set functions = run_query(
        "select distinct function_name from duckdb_functions() "
        ~ "where function_name in ('foretell_publish', 'foretell_expect')"
    ) -%}
    {{- return(functions.columns[0].values() | list) -}}
{%- endmacro -%}


{#- Private: what the engine needs to know to publish. -#}
{%- macro _serving_request() -%}
    {{- return({
        'invocation_id': invocation_id,
        'today': foretell._now(),
        'relations': foretell._served_relations(),
    }) -}}
{%- endmacro -%}


{#- Private: every prediction, and every model or seed with
    `meta: {serve: true}`. -#}
{%- macro _served_relations() -%}
    {%- set served = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type in ('model', 'seed', 'snapshot') -%}
        {%- set asked = (node.config.get('meta') or {}).get('serve') -%}
        {%- if node.config.enabled and node.config.materialized != 'ephemeral'
            and (asked or node.config.materialized == 'prediction') -%}
            {%- do served.append({
                'model': node.name, 'database': node.database, 'schema': node.schema, 'name': node.alias
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(served) -}}
{%- endmacro -%}
