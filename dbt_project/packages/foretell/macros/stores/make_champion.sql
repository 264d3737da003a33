{#- Puts on record that a version is to be champion: what `foretell promote` and `foretell rollback`
    run. The next build scores with it. -#}
{%- macro make_champion(prediction, version, event, message, happened_at) -%}
    {%- if execute -%}
        {%- do foretell._record_event(prediction, version, event, message, happened_at) -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
{%- endmacro -%}


{#- Private to the operations of this package: one row of `model_events`, not yet committed. -#}
{%- macro _record_event(prediction, version, event, message, happened_at) -%}
    {%- set events = foretell._in_stores('model_events') -%}
    {%- call statement('record_event', auto_begin=true) -%}
        insert into {{ events }} (run_id, prediction, version, event, happened_at, today, message)
        values (
            '{{ invocation_id }}',
            '{{ prediction | replace("'", "''") }}',
            {{ 'null' if version is none else version | int }},
            '{{ event | replace("'", "''") }}',
            cast('{{ happened_at }}' as timestamp),
            {{ foretell.today() }},
            '{{ message | replace("'", "''") }}'
        )
    {%- endcall -%}
{%- endmacro -%}
