{#- Puts on record that a version is to be champion: what `foretell promote` and `foretell rollback`
    run. The next build scores with it. -#}
{%- macro make_champion(prediction, version, event, message, happened_at) -%}
    {%- if execute -%}
        {%- do foretell._begin() -%}
        {%- do foretell._record_event(prediction, version, event, message, happened_at) -%}
        {%- do foretell._settle() -%}
    {%- endif -%}
{%- endmacro -%}


{#- Private to the operations of this package: one row of `model_events`, and the record that shows
    it, not yet committed. -#}
{%- macro _record_event(prediction, version, event, message, happened_at) -%}
    {%- set events, runs = foretell._store('model_events'), foretell._store('runs') -%}
    {%- set run_id = invocation_id ~ '.' ~ (prediction | replace("'", "''")) -%}
    {%- call statement('record_event', auto_begin=true) -%}
        insert into {{ events }} (run_id, prediction, version, event, happened_at, today, message)
        values (
            '{{ run_id }}',
            '{{ prediction | replace("'", "''") }}',
            {{ 'null' if version is none else version | int }},
            '{{ event | replace("'", "''") }}',
            cast('{{ happened_at }}' as timestamp),
            {{ foretell.today() }},
            '{{ message | replace("'", "''") }}'
        )
    {%- endcall -%}
    {%- call statement('record_command', auto_begin=true) -%}
        insert into {{ runs }} (
            run_id, invocation_id, prediction, step, today, started_at, finished_at, status,
            is_trained, model_version, message, started_by
        )
        values (
            '{{ run_id }}',
            '{{ invocation_id }}',
            '{{ prediction | replace("'", "''") }}',
            'command',
            {{ foretell.today() }},
            cast('{{ happened_at }}' as timestamp),
            cast('{{ happened_at }}' as timestamp),
            'published',
            false,
            {{ 'null' if version is none else version | int }},
            '{{ message | replace("'", "''") }}',
            {{ foretell._text(foretell._started_by()) }}
        )
    {%- endcall -%}
{%- endmacro -%}


{#- Private: who runs an operation; the engine asks the same of a build in run/origin.py. -#}
{%- macro _started_by() -%}
    {%- set who = [target.get('user')] -%}
    {%- for name in ('GITHUB_ACTOR', 'GITLAB_USER_LOGIN', 'BUILDKITE_BUILD_CREATOR', 'CIRCLE_USERNAME', 'USER') -%}
        {%- do who.append(env_var(name, '')) -%}
    {%- endfor -%}
    {{- return(who | select | first | default('unknown', true)) -}}
{%- endmacro -%}
