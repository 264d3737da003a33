{#- Private to foretell.write_boundary_test: what stands in the rows. Numbers stay below 10, so that
    they fit any numeric type, and times are whole 64ths of a day, so that no digit is rounded. -#}

{#- What a column holds, as far as a value for it is concerned; '' where no value is known. -#}
{%- macro _type_group(dtype) -%}
    {%- set type = dtype | lower -%}
    {%- for group, pattern in [
        ('', '.*\\]$|struct|map|interval|.*(tz|with time zone)'),
        ('number', 'u?(tiny|small|big|huge)?int|decimal|number|numeric|double|float|real'),
        ('truth', 'bool'),
        ('timestamp', 'timestamp|datetime'),
        ('date', 'date'),
        ('text', '.*char|text|string'),
        ('uuid', 'uuid'),
    ] if modules.re.match(pattern, type) -%}
        {{- return(group) -}}
    {%- endfor -%}
    {{- return('') -}}
{%- endmacro -%}


{#- An instant relative to the as-of time, as a date or timestamp. Dates count in whole days. -#}
{%- macro _moment(group, days, minutes=0) -%}
    {%- set at = modules.datetime.datetime(2024, 2, 5) + modules.datetime.timedelta(days=days, minutes=minutes if group != 'date' else 0) -%}
    {{- return(at.strftime('"%Y-%m-%d %H:%M:%S"' if group == 'timestamp' else '%Y-%m-%d')) -}}
{%- endmacro -%}


{#- The key of the one entity. -#}
{%- macro _key_value(group) -%}
    {{- return('"00000000-0000-0000-0000-000000000001"' if group == 'uuid' else 1) -}}
{%- endmacro -%}


{#- The n-th of several different values, n from 1; none where no value is known. -#}
{%- macro _value(group, n) -%}
    {{- return({
        'number': n + 1,
        'truth': 'true' if n == 1 else 'false',
        'timestamp': '"2001-01-0' ~ n ~ ' 00:00:00"',
        'date': '2001-01-0' ~ n,
        'text': 'value_' ~ n,
        'uuid': '"00000000-0000-0000-0000-00000000000' ~ n ~ '"',
    }.get(group)) -}}
{%- endmacro -%}
