{#- SQL that drops what the var `foretell_retention` says is kept no longer, at the end of a `dbt
    build` or `dbt run`: then this run's rows are the newest, nothing reads the stores at the same
    time, and the serving copy that follows shows what is left. Never after --empty, --sample or a question,
    and never when no model ran. Run twice, it finds nothing more. -#}
{%- macro retain() -%}
    {%- if execute and foretell._knows_adapter() and flags.WHICH in ('build', 'run', 'retry') and not foretell._keeps_nothing() and not foretell._question()
        and not foretell._clock().refusal -%}
        {%- set kept_for = foretell._retention() -%}
        {%- set ran = results | selectattr('node.resource_type', 'equalto', 'model') | list -%}
        {%- set statements = [] -%}
        {%- if ran and kept_for.get('history') -%}
            {%- do statements.extend(foretell._drop_history(kept_for.history)) -%}
        {%- endif -%}
        {%- if ran and kept_for.get('runs') -%}
            {%- do statements.extend(foretell._drop_runs(kept_for.runs)) -%}
        {%- endif -%}
        {%- if ran and kept_for.get('artifacts') -%}
            {%- do statements.extend(foretell._drop_artifacts(kept_for.artifacts)) -%}
        {%- endif -%}
        {{- statements | join(';\n\n') -}}
    {%- endif -%}
{%- endmacro -%}


{#- Private to foretell.retain and foretell.make_stores: the var, checked. -#}
{%- macro _retention() -%}
    {%- set said = var('foretell_retention', none) -%}
    {%- set allowed = 'it may have history and runs, lengths of time such as `730 days`, and artifacts, a number such as 10' -%}
    {%- if said is none -%}{{- return({}) -}}{%- endif -%}
    {%- if said is not mapping -%}
        {{- exceptions.raise_compiler_error('foretell_retention is ' ~ said ~ '; ' ~ allowed) -}}
    {%- endif -%}
    {%- for key, value in said.items() -%}
        {%- if key not in ('history', 'runs', 'artifacts') -%}
            {{- exceptions.raise_compiler_error('foretell_retention has an unknown key `' ~ key ~ '`; ' ~ allowed) -}}
        {%- elif key == 'artifacts' and (value is not integer or value is boolean or value < 1) -%}
            {{- exceptions.raise_compiler_error('foretell_retention: artifacts is ' ~ value ~ '; it must be a number from 1 on, of versions') -}}
        {%- elif key != 'artifacts' and not modules.re.match('^[1-9]\\d* (day|week)s?$', value | string) -%}
            {{- exceptions.raise_compiler_error('foretell_retention: ' ~ key ~ ' is ' ~ value ~ '; it must be days or weeks, such as `730 days`') -}}
        {%- endif -%}
    {%- endfor -%}
    {{- return(said) -}}
{%- endmacro -%}


{#- Private to foretell.retain: scores and feature values as of a date before the time kept, once
    their outcome is known and a run that succeeded has looked at it. An open row that were dropped
    would be scored again. -#}
{%- macro _drop_history(kept_for) -%}
    {%- set has = {} -%}
    {%- for table in foretell._tables_in_stores() -%}
        {%- do has.update({table.name: table.columns}) -%}
    {%- endfor -%}
    {%- set statements = [] -%}
    {%- for node in foretell._predictions() -%}
        {%- set said = (node.config.get('meta') or {}).get('prediction') -%}
        {%- set spec = said if said is mapping else {} -%}
        {%- set history, features = node.name ~ '__history', node.name ~ '__features' -%}
        {#- Where the key columns were renamed, rows under the old names stay. -#}
        {%- if spec.get('entity') in has.get(history, []) and spec.get('as_of') in has[history] -%}
            {%- set entity, as_of = adapter.quote(spec.entity), adapter.quote(spec.as_of) -%}
            {%- set scores -%}
delete from {{ foretell._in_stores(history) }}
where
    cast({{ as_of }} as date) < {{ foretell.today() }} - interval '{{ kept_for }}'
    and matures_at <= (
        select max(today) from {{ foretell._store('runs') }}
        where prediction = '{{ node.name }}' and step = 'build' and status = 'published'
    )
            {%- endset -%}
            {%- do statements.append(scores) -%}
            {%- if spec.entity in has.get(features, []) and spec.as_of in has[features] -%}
                {%- set values -%}
delete from {{ foretell._in_stores(features) }} as kept
where
    cast(kept.{{ as_of }} as date) < {{ foretell.today() }} - interval '{{ kept_for }}'
    and not exists (
        select 1 from {{ foretell._in_stores(history) }} as made
        where made.{{ entity }} = kept.{{ entity }} and made.{{ as_of }} = kept.{{ as_of }}
    )
                {%- endset -%}
                {%- do statements.append(values) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(statements) -}}
{%- endmacro -%}


{#- Private to foretell.retain: rows that describe a run, but for the newest of each kind whatever
    its age, by the clock and by the day on which it stood: what was learnt last, what a view's past
    was, how a feature was last. A run's record stays, since it shows what the run has published, but
    loses its texts. Gates' results and findings go with those; those of a relation that a dbt test
    guards have no run, so they go by their own age, but for the newest test's. -#}
{%- macro _drop_runs(kept_for) -%}
    {%- set statements = [] -%}
    {%- for store, kind, clock in [
        ('runs', ['prediction', 'step', 'status', 'is_trained', 'learnt_from is null'], 'finished_at'),
        ('feature_views', ['prediction', 'feature_view', 'definition_fingerprint'], 'recorded_at'),
        ('feature_statistics', ['prediction', 'feature', 'statistic'], 'today'),
    ] -%}
        {%- set rows -%}
{% if store == 'runs' -%}
update {{ foretell._store(store) }} as old
set message = null, decision = null, learnt_from = null, cost = null
{%- else -%}
delete from {{ foretell._store(store) }} as old
{%- endif %}
where
    old.today < {{ foretell.today() }} - interval '{{ kept_for }}'
    {%- for newer_by in [clock, 'today'] | unique %}
    and exists (
        select 1 from {{ foretell._store(store) }} as newer
        where newer.{{ newer_by }} > old.{{ newer_by }}
        {%- for what in kind %}
            and (newer.{{ what }}) is not distinct from (old.{{ what }})
        {%- endfor %}
    )
    {%- endfor -%}
        {%- endset -%}
        {%- do statements.append(rows) -%}
    {%- endfor -%}
    {%- for store in ('validation_results', 'feature_findings') -%}
        {%- set rows -%}
delete from {{ foretell._store(store) }} as of_run
where
    of_run.today < {{ foretell.today() }} - interval '{{ kept_for }}'
    and not exists (
        select 1 from {{ foretell._store('runs') }} as runs
        where runs.run_id = of_run.run_id and runs.message is not null
    )
        {%- if store == 'validation_results' %}
    and (
        of_run.stage is distinct from 'relation'
        or exists (
            select 1 from {{ foretell._store(store) }} as newer
            where
                newer.prediction = of_run.prediction
                and newer.stage = 'relation'
                and newer.run_id <> of_run.run_id
                and newer.ran_at > of_run.ran_at
        )
    )
        {%- endif %}
        {%- endset -%}
        {%- do statements.append(rows) -%}
    {%- endfor -%}
    {{- return(statements) -}}
{%- endmacro -%}


{#- Private to foretell.retain: the models of all versions but the newest, the champion's and those of
    the one that a rollback would bring back. What they were made of stays; what their gates had
    learned goes, since none of them can be champion again. -#}
{%- macro _drop_artifacts(count) -%}
    {%- set versions, events = foretell._store('model_versions'), foretell._store('model_events') -%}
    {%- set bytes -%}
update {{ versions }} as old
set artifact = null, serving_form = null
where
    artifact is not null
    and {{ count }} <= (
        select count(*) from {{ versions }} as newer
        where newer.prediction = old.prediction and newer.version > old.version
    )
    and not exists (
        select 1
        from (
            select
                prediction,
                version,
                row_number() over (
                    partition by prediction order by max(happened_at) desc, version desc
                ) as newest_first
            from {{ events }}
            where event in ('promoted', 'rolled back')
            group by prediction, version
        ) as champions
        where
            champions.newest_first <= 2
            and champions.prediction = old.prediction
            and champions.version = old.version
    )
    {%- endset -%}
    {%- set lines -%}
delete from {{ foretell._store('learned_expectations') }} as learned
where exists (
    select 1 from {{ versions }} as old
    where
        old.prediction = learned.prediction
        and old.version = learned.model_version
        and old.artifact is null
)
    {%- endset -%}
    {{- return([bytes, lines]) -}}
{%- endmacro -%}
