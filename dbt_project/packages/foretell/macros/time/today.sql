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
    {%- set said = var('foretell_today', none) or env_var('FORETELL_TODAY', '') -%}
    {%- if not said -%}
        {{- return(modules.datetime.datetime.now(modules.pytz.utc).strftime('%Y-%m-%d')) -}}
    {%- endif -%}
    {%- set text = said | string -%}
    {%- if not modules.re.match('^\\d{4}-\\d{2}-\\d{2}$', text) -%}
        {{- exceptions.raise_compiler_error(
            "foretell.today: foretell_today is '" ~ text ~ "'; it must be a date in quotes, such as '2017-10-09'"
        ) -}}
    {%- endif -%}
    {{- return(text) -}}
{%- endmacro -%}
