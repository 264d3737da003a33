{#- Private to foretell.make_stores: the stores of version 0.1 had names that people use (`runs`,
    `metrics`), and its views showed the rows of all runs. They are moved without loss: each step may
    be repeated, and the store of runs is moved last, so that a move that was interrupted goes on. -#}
{%- macro _move_older_stores() -%}
    {%- set tables = foretell._tables_in_stores() -%}
    {%- set names = tables | map(attribute='name') | list -%}
    {%- set older = [] -%}
    {%- for table in tables if table.is_marked and table.name in foretell._stores() -%}
        {%- if foretell._store_name(table.name) in names -%}
            {%- do exceptions.raise_compiler_error(
                foretell._in_stores(table.name) ~ ' and ' ~ foretell._store(table.name) ~ ' are both there: '
                ~ 'an older foretell has built here since this version moved the stores to their new '
                ~ 'names. Nothing was changed. Let every build of this target use one version; what '
                ~ 'the older one wrote is in the first of the two: drop it, or keep it under another name.'
            ) -%}
        {%- endif -%}
        {%- do older.append(table.name) -%}
    {%- endfor -%}
    {%- if older -%}
        {%- do foretell._refuse_half_a_move() -%}
        {%- do log('foretell: moving the stores of version 0.1 to their new names', info=true) -%}
        {%- for name in older if name != 'runs' -%}
            {%- do foretell._change('alter table ' ~ foretell._in_stores(name) ~ ' rename to ' ~ adapter.quote(foretell._store_name(name))) -%}
        {%- endfor -%}
        {%- if 'runs' in older -%}
            {%- do foretell._record_what_0_1_published(foretell._tables_in_stores()) -%}
            {%- do foretell._change('alter table ' ~ foretell._in_stores('runs') ~ ' rename to ' ~ adapter.quote(foretell._store_name('runs'))) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}


{#- The views over the stores must be made anew in the same build: they name the stores. -#}
{%- macro _refuse_half_a_move() -%}
    {%- for node in graph.nodes.values() if node.package_name == 'foretell' and node.resource_type == 'model' -%}
        {%- if node.unique_id not in selected_resources or flags.WHICH == 'test' -%}
            {%- do exceptions.raise_compiler_error(
                'The stores in ' ~ foretell.stores_schema() ~ ' are of foretell 0.1, and this version keeps them '
                ~ 'under other names. Nothing was changed. Run `dbt build` once without a selection, or '
                ~ '`dbt build --select package:foretell`: it moves them, without loss, and makes '
                ~ 'the views over them anew.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro -%}


{#- Every run whose rows version 0.1 has shown gets a record that shows them now. -#}
{%- macro _record_what_0_1_published(tables) -%}
    {%- set runs, there = foretell._in_stores('runs'), {} -%}
    {%- for table in tables -%}{%- do there.update({table.name: table.columns}) -%}{%- endfor -%}
    {%- for column, type in foretell._stores()['runs'].items() if column not in there['runs'] -%}
        {%- do foretell._change('alter table ' ~ runs ~ ' add column ' ~ adapter.quote(column) ~ ' ' ~ type) -%}
    {%- endfor -%}
    {%- set written = [] -%}
    {%- for name in foretell._stores() if foretell._store_name(name) in there and name not in ('validation_results', 'feature_findings') -%}
        {%- do written.append('select run_id, prediction from ' ~ foretell._store(name)) -%}
    {%- endfor -%}
    {%- set scored = [] -%}
    {%- for name, columns in there.items() -%}
        {%- set own = modules.re.match('^(.+)__(history|features|quarantine)$', name) -%}
        {%- if own -%}
            {%- set column = {'history': 'run_id', 'features': 'foretell_run', 'quarantine': 'foretell_run_id'}[own.group(2)] -%}
            {%- if column in columns -%}
                {%- do scored.append(
                    'select ' ~ column ~ " as run_id, '" ~ (own.group(1) | replace("'", "''")) ~ "' as prediction from "
                    ~ foretell._in_stores(name)
                ) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set no_rows = "select cast(null as varchar) as run_id, cast(null as varchar) as prediction where 1 = 0" -%}
    {%- set scores = scored | join('\nunion all\n') or no_rows -%}
    {%- do foretell._change("update " ~ runs ~ " set step = 'build' where step is null") -%}
    {%- set statuses -%}
update {{ runs }}
set status = case
        when status = 'success' then 'published'
        when status = 'failed' and run_id in (select run_id from (
{{ scores }}
        ) as scores) then 'published'
        when status = 'failed' then 'crashed'
        else 'waiting'
    end
where
    status in ('success', 'failed')
    or (
        status = 'refused'
        and run_id in (select run_id from {{ foretell._store('model_versions') }})
    )
    {%- endset -%}
    {%- do foretell._change(statuses) -%}
    {%- set stubs -%}
insert into {{ runs }} (run_id, prediction, step, status, is_trained, message)
select distinct
    run_id,
    prediction,
    'command',
    'published',
    false,
    'Of foretell 0.1, which has no record of it'
from (
{{ (written + scored) | join('\nunion all\n') or no_rows }}
) as written
where run_id not in (select run_id from {{ runs }})
    {%- endset -%}
    {%- do foretell._change(stubs) -%}
{%- endmacro -%}


{%- macro _change(sql) -%}
    {%- call statement('change', auto_begin=false) -%}{{ sql }}{%- endcall -%}
{%- endmacro -%}
