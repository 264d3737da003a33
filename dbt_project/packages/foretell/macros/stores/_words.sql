{#- Private to the store views: a metric as text, with two decimals, or with none from 10 on; what has
    more digits than a bigint, or is no number, as the database writes it. -#}
{%- macro _figure(column) -%}
case
            when abs({{ column }}) >= 1e15 then cast({{ column }} as varchar)
            when abs({{ column }}) >= 10 then cast(cast(round({{ column }}) as bigint) as varchar)
            else cast(cast({{ column }} as decimal(18, 2)) as varchar)
        end
{%- endmacro -%}


{#- Private to them: a date as people write it, such as 4 December 2017. -#}
{%- macro _day(column) -%}
{%- set months = [
    'January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September',
    'October', 'November', 'December',
] -%}
cast(extract(day from {{ column }}) as varchar) || ' '
        || case extract(month from {{ column }})
            {%- for month in months %}
            when {{ loop.index }} then '{{ month }}'
            {%- endfor %}
        end || ' ' || cast(extract(year from {{ column }}) as varchar)
{%- endmacro -%}
