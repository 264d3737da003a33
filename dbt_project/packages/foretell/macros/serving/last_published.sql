{#- A query for the newest day of which predictions were published, and when that was, in UTC: what
    `foretell replay --missing` asks where there is no serving copy. Null before the first build. -#}
{%- macro last_published() -%}
    {%- set runs = foretell._store('runs') -%}
    {%- if execute and adapter.get_relation(runs.database, runs.schema, runs.identifier) -%}
        select
            cast(max(today) as varchar) as day,
            cast(max(finished_at) as varchar) as published
        from {{ runs }}
        where status = 'published'
    {%- else -%}
        select cast(null as varchar) as day, cast(null as varchar) as published
    {%- endif -%}
{%- endmacro -%}
