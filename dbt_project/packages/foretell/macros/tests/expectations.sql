{#- Great Expectations of any model: those of `expectations/<model>.yml`, which says
    `relation: <model>`. A critical line that fails is an error, a warning a warning. -#}
{%- test expectations(model) -%}
    {{- config(
        fail_calc='coalesce(sum(weight), 0)', error_if='>= 1000000', warn_if='>= 1000'
    ) -}}
    {%- set failed = [] -%}
    {%- if execute and flags.WHICH in ('build', 'test', 'retry') and not foretell._question() -%}
        {%- set failed = foretell._failed_expectations(model) -%}
    {%- endif -%}
    {%- set weights = {'critical': 1000000, 'warning': 1000, 'info': 1} %}
-- Each row is an expectation that does not hold.
    {%- for one in failed %}
select
    {{ foretell._text(one.expectation) }} as expectation,
    {{ foretell._text(one.column_name) }} as column_name,
    {{ foretell._text(one.severity) }} as severity,
    {{ foretell._text(one.status) }} as status,
    {{ foretell._text(one.observed) }} as observed,
    {{ foretell._text(one.expected) }} as expected,
    {{ foretell._text(one.sample_keys) }} as sample_keys,
    {{ weights[one.severity] }} as weight
        {{- '\nunion all' if not loop.last }}
    {%- else %}
select 0 as weight
where 1 = 0
    {%- endfor %}
{%- endtest -%}


{#- Private to the test `expectations`: what the engine says of the relation. -#}
{%- macro _failed_expectations(relation) -%}
    {%- set nodes = graph.nodes.values() | selectattr('unique_id', 'in', model.depends_on.nodes) | list -%}
    {%- set guarded = nodes | selectattr('name', 'equalto', (model.attached_node or '').split('.')[-1]) | list or nodes -%}
    {%- set secret = [] -%}
    {%- for column in (guarded[0].columns or {}).values() if 'pii' in (column.tags or []) -%}
        {%- do secret.append(column.name) -%}
    {%- endfor -%}
    {%- set request = {
        'model': guarded[0].name,
        'relation': {
            'database': relation.database, 'schema': relation.schema, 'name': relation.identifier
        },
        'stores': {'database': target.database, 'schema': foretell.stores_schema()},
        'suite': foretell._folder('foretell_expectations', 'expectations') ~ '/' ~ guarded[0].name ~ '.yml',
        'today': foretell._today(),
        'invocation_id': invocation_id,
        'secret': secret,
        'keep': not foretell._keeps_nothing(),
    } -%}
    {%- do foretell._require_engine() -%}
    {%- if target.type == 'duckdb' and 'foretell_expect' not in foretell._plugin_functions() -%}
        {%- do exceptions.raise_compiler_error(
            'The dbt test foretell.expectations of ' ~ guarded[0].name ~ ' needs the plugin, and the '
            ~ 'profile has no line for it. ' ~ foretell._plugin_line()
        ) -%}
    {%- endif -%}
    {%- do foretell._settle() -%}
    {%- set said = fromjson(foretell._ask_expectations(tojson(request))) -%}
    {%- if said.refused -%}{%- do exceptions.raise_compiler_error(said.refused) -%}{%- endif -%}
    {%- for one in said.failed if one.severity != 'info' -%}
        {%- do log(
            '  ' ~ guarded[0].name ~ ': ' ~ one.expectation ~ '; found ' ~ one.observed
            ~ (' (such as ' ~ one.sample_keys ~ ')' if one.sample_keys), info=true
        ) -%}
    {%- endfor -%}
    {{- return(said.failed) -}}
{%- endmacro -%}


{#- Private: what the engine says of a suite, as JSON. -#}
{%- macro _ask_expectations(request) -%}
    {{- return(adapter.dispatch('_ask_expectations', 'foretell')(request)) -}}
{%- endmacro -%}


{%- macro default___ask_expectations(request) -%}
    {{- foretell._refuse_adapter() -}}
{%- endmacro -%}


{%- macro duckdb___ask_expectations(request) -%}
    {%- set said = run_query('select foretell_expect(' ~ foretell._text(request) ~ ') as said') -%}
    {{- return(said.rows[0][0]) -}}
{%- endmacro -%}


{%- macro postgres___ask_expectations(request) -%}
    {{- return(adapter.foretell_expect(request)) -}}
{%- endmacro -%}


{#- A text as a SQL literal. -#}
{%- macro _text(value) -%}
    {{- return("'" ~ (value or '') | string | replace("'", "''") ~ "'") -}}
{%- endmacro -%}
