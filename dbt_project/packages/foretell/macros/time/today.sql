{#- The date on which the run stands, as a SQL date: that of `foretell.now()`. -#}
{%- macro today() -%}
    cast('{{ foretell._today() }}' as date)
{%- endmacro -%}


{#- The instant at which the run stands, as a SQL timestamp in UTC: the only "now" anywhere, the same
    for all models of a build. The var `foretell_today` wins, then the environment variable
    FORETELL_TODAY (for replays, since it re-parses nothing): a date means its midnight. Without
    either it is the midnight that began the UTC date or, where a prediction of the project has a
    horizon shorter than a day, the minute in which dbt started. -#}
{%- macro now() -%}
    cast('{{ foretell._now() }}' as timestamp)
{%- endmacro -%}


{%- macro _today() -%}
    {{- return(foretell._now()[:10]) -}}
{%- endmacro -%}


{#- The instant as text, such as `2026-11-29 14:00:00`. -#}
{%- macro _now() -%}
    {%- set clock = foretell._clock() -%}
    {%- if clock.refusal -%}{{- exceptions.raise_compiler_error(clock.refusal) -}}{%- endif -%}
    {{- return(clock.instant) -}}
{%- endmacro -%}


{#- The instant, or why there is none. Nodes that ask for it refuse; what runs after all nodes looks
    first, since an exception there would end dbt before its results are told. -#}
{%- macro _clock() -%}
    {#- While dbt parses, no day is needed, and one that is read would make dbt parse anew
        whenever it changes. -#}
    {%- if not execute -%}{{- return({'instant': '1970-01-01 00:00:00'}) -}}{%- endif -%}
    {%- set said = var('foretell_today', none) -%}
    {%- set said = (env_var('FORETELL_TODAY', '') if said is none else said) | string | trim -%}
    {%- if not said -%}
        {%- set clock = '%Y-%m-%d %H:%M:00' if foretell._counts_hours() else '%Y-%m-%d 00:00:00' -%}
        {{- return({'instant': run_started_at.strftime(clock)}) -}}
    {%- endif -%}
    {%- set day, time = said[:10], said[10:] -%}
    {%- set last = foretell._last_day_of_month(day) -%}
    {%- set begins = "foretell_today is " ~ said ~ ", which is no " -%}
    {%- if last is none -%}
        {{- return({'refusal': begins ~ "date; write one in quotes, such as '2017-10-09', or a time in UTC, "
            ~ "such as '2017-10-09 14:00'"}) -}}
    {%- elif day > last -%}
        {{- return({'refusal': begins ~ "date; write it as " ~ last ~ time}) -}}
    {%- elif not foretell._is_time(time) -%}
        {{- return({'refusal': begins ~ "time of " ~ day ~ "; write one in UTC, such as '" ~ day ~ " 14:00'"}) -}}
    {%- endif -%}
    {%- set instant = modules.datetime.datetime.fromisoformat(day ~ time.replace(' ', 'T', 1).replace(' ', '')) -%}
    {%- if instant.tzinfo and not '1000-01-03' < day < '9999-12-29' -%}
        {{- return({'refusal': begins ~ "time in UTC of the years 1000 to 9999; write it without its zone"}) -}}
    {%- endif -%}
    {%- if instant.tzinfo -%}{%- set instant = instant.astimezone(modules.pytz.utc) -%}{%- endif -%}
    {{- return({'instant': instant.strftime('%Y-%m-%d %H:%M:%S')}) -}}
{%- endmacro -%}


{#- Whether a prediction of the project has a horizon shorter than a day, such as `2 hours`. -#}
{%- macro _counts_hours() -%}
    {%- for node in (graph.get('nodes') or {}).values() if node.config.get('materialized') == 'prediction' -%}
        {%- set spec = (node.config.get('meta') or {}).get('prediction') -%}
        {%- set horizon = spec.get('horizon', '') if spec is mapping else '' -%}
        {%- if modules.re.match('^\\s*(1?[0-9]|2[0-3])\\s+hours?\\s*$', horizon | string) -%}{{- return(true) -}}{%- endif -%}
    {%- endfor -%}
    {{- return(false) -}}
{%- endmacro -%}


{#- Whether what follows a date is nothing, or a time of day with or without its distance from UTC. -#}
{%- macro _is_time(text) -%}
    {%- set clock = '([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?' -%}
    {%- set zone = ' ?(Z|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])' -%}
    {{- return(modules.re.match('^([ T]' ~ clock ~ '(' ~ zone ~ ')?)?$', text) is not none) -}}
{%- endmacro -%}


{#- Of a text that is written like a date, the last date of its month; else none. Jinja cannot
    catch what Python raises on a date that does not exist. -#}
{%- macro _last_day_of_month(text) -%}
    {%- if not modules.re.match('^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[1-9][0-9])$', text) or text < '1000' -%}
        {{- return(none) -}}
    {%- endif -%}
    {%- set year, month = text[:4] | int, text[5:7] | int -%}
    {%- set is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) -%}
    {%- set days = [31, 29 if is_leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] -%}
    {{- return(text[:8] ~ days) -}}
{%- endmacro -%}
