{#- The date on which the run stands, as a SQL date: the only "now" anywhere.
    The var `foretell_today` wins, then the environment variable FORETELL_TODAY (for replays,
    since it re-parses nothing), then the date in UTC. -#}
{%- macro today() -%}
    cast('{{ foretell._today() }}' as date)
{%- endmacro -%}


{%- macro _today() -%}
    {#- While dbt parses, no day is needed, and one that is read would make dbt parse anew
        whenever it changes. -#}
    {%- if not execute -%}{{- return('1970-01-01') -}}{%- endif -%}
    {%- set said = var('foretell_today', none) -%}
    {%- set said = (env_var('FORETELL_TODAY', '') if said is none else said) | string | trim -%}
    {%- if not said -%}
        {{- return(modules.datetime.datetime.now(modules.pytz.utc).strftime('%Y-%m-%d')) -}}
    {%- endif -%}
    {%- set last = foretell._last_day_of_month(said) -%}
    {%- if last is none -%}
        {{- exceptions.raise_compiler_error(
            "foretell_today is " ~ said ~ ", which is no date; write one in quotes, such as '2017-10-09'"
        ) -}}
    {%- elif said > last -%}
        {{- exceptions.raise_compiler_error(
            "foretell_today is " ~ said ~ ", which is no date; write it as " ~ last
        ) -}}
    {%- endif -%}
    {{- return(said) -}}
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
