{#- Puts on record that a version is to be champion: what `foretell promote` and `foretell rollback`
    run. The next build scores with it. -#}
{%- macro make_champion(prediction, version, event, message, happened_at) -%}
    {%- if execute -%}
        {%- set events = api.Relation.create(database=target.database, schema=foretell.stores_schema(), identifier='model_events') -%}
        {%- call statement('make_champion', auto_begin=true) -%}
            insert into {{ events }} (run_id, prediction, version, event, happened_at, today, message)
            values (
                '{{ invocation_id }}',
                '{{ prediction | replace("'", "''") }}',
                {{ version | int }},
                '{{ event | replace("'", "''") }}',
                cast('{{ happened_at }}' as timestamp),
                {{ foretell.today() }},
                '{{ message | replace("'", "''") }}'
            )
        {%- endcall -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
{%- endmacro -%}
