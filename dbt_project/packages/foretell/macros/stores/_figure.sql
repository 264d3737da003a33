{#- Private to foretell_trust: a metric as text, with two decimals, or with none from 10 on. -#}
{%- macro _figure(column) -%}
case
            when abs({{ column }}) >= 10 then cast(cast(round({{ column }}) as bigint) as varchar)
            else cast(cast({{ column }} as decimal(18, 2)) as varchar)
        end
{%- endmacro -%}
