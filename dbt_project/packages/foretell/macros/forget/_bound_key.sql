{#- Private to foretell.forget: the key of whom is to be forgotten, as SQL that does not say it. -#}


{#- Runs a statement in which foretell._key stands for a key, or a pattern of one; its cursor. -#}
{%- macro _with_key(sql, key) -%}
    {{- return(adapter.dispatch('_with_key', 'foretell')(sql, key)) -}}
{%- endmacro -%}


{%- macro default___with_key(sql, key) -%}
    {{- foretell._refuse_adapter() -}}
{%- endmacro -%}


{%- macro duckdb___with_key(sql, key) -%}
    {%- set _, cursor = adapter.add_query(sql, bindings=[key]) -%}
    {{- return(cursor) -}}
{%- endmacro -%}


{#- A value that is bound is pasted into the statement by dbt's driver, and so it would stand in the
    database's errors, which dbt logs. A setting of the session holds it instead. -#}
{%- macro postgres___with_key(sql, key) -%}
    {%- do adapter.add_query("select set_config('foretell.key', %s, false)", bindings=[key]) -%}
    {%- set _, cursor = adapter.add_query(sql) -%}
    {{- return(cursor) -}}
{%- endmacro -%}


{%- macro _key() -%}
    {{- return(adapter.dispatch('_key', 'foretell')()) -}}
{%- endmacro -%}


{%- macro default___key() -%}
    {{- foretell._refuse_adapter() -}}
{%- endmacro -%}


{%- macro duckdb___key() -%}{{- return('$1') -}}{%- endmacro -%}


{%- macro postgres___key() -%}{{- return("current_setting('foretell.key')") -}}{%- endmacro -%}


{#- Rows of a relation for which a condition on the key holds. -#}
{%- macro _count_bound(relation, condition, key) -%}
    {%- set cursor = foretell._with_key('select count(*) from ' ~ relation ~ ' where ' ~ condition, key) -%}
    {{- return(cursor.fetchone()[0]) -}}
{%- endmacro -%}


{#- Whether a column of a type has the key. -#}
{%- macro _is_key(column, type) -%}
    {{- return(adapter.dispatch('_is_key', 'foretell')(column, type)) -}}
{%- endmacro -%}


{%- macro default___is_key(column, type) -%}
    {{- return(column ~ ' = ' ~ foretell._as_key(type)) -}}
{%- endmacro -%}


{#- What has no literal that is known here, such as an enum, is compared as text. -#}
{%- macro postgres___is_key(column, type) -%}
    {%- if not foretell._key_of_type(type) -%}
        {%- set column = 'cast(' ~ column ~ ' as text)' -%}
    {%- endif -%}
    {{- return(column ~ ' = ' ~ foretell._as_key(type)) -}}
{%- endmacro -%}


{#- The key as a value of a column's type; null where it is none. Text of a fraction is no integer,
    whatever a database rounds it to. -#}
{%- macro _as_key(type) -%}
    {{- return(adapter.dispatch('_as_key', 'foretell')(type)) -}}
{%- endmacro -%}


{%- macro default___as_key(type) -%}
    {{- foretell._refuse_adapter() -}}
{%- endmacro -%}


{%- macro duckdb___as_key(type) -%}
    {%- if modules.re.match('^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$', type | upper) -%}
        {{- return("try_cast(case when regexp_full_match($1, '\\s*[+-]?\\d+\\s*') then $1 end as " ~ type ~ ")") -}}
    {%- endif -%}
    {%- set decimal = modules.re.match('^DECIMAL\(\d+, ?(\d+)\)$', type | upper) -%}
    {%- if decimal -%}
        {%- set exact = '\\s*[+-]?\\d+([.]\\d{0,' ~ decimal.group(1) ~ '}0*)?\\s*' -%}
        {{- return("try_cast(case when regexp_full_match($1, '" ~ exact ~ "') then $1 end as " ~ type ~ ")") -}}
    {%- endif -%}
    {{- return('try_cast($1 as ' ~ type ~ ')') -}}
{%- endmacro -%}


{#- Postgres 15 raises where a text is no value of a type, so what it casts is looked at first. -#}
{%- macro postgres___as_key(type) -%}
    {{- return(foretell._key_of_type(type) or foretell._key()) -}}
{%- endmacro -%}


{#- Private to Postgres: the key as a value of one of the types whose literals are described here;
    none for texts and all other types. -#}
{%- macro _key_of_type(type) -%}
    {%- set type, key = type | lower, 'btrim(' ~ foretell._key() ~ ')' -%}
    {%- set digits = modules.re.match('^(?:smallint|integer|bigint)$', type) -%}
    {%- set decimal = modules.re.match('^numeric(?:\(\d+(?:, ?(\d+))?\))?$', type) -%}
    {%- set day = '(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])' -%}
    {%- set time = '([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?)?' -%}
    {%- if digits -%}
        {%- set bits = {'smallint': 15, 'integer': 31, 'bigint': 63}[type] -%}
        {%- set whole = 'cast(' ~ key ~ ' as numeric)' -%}
        {{- return(foretell._key_like(
            '[+-]?[0-9]+',
            'case when ' ~ whole ~ ' between ' ~ -(2 ** bits) ~ ' and ' ~ (2 ** bits - 1) ~ ' then ' ~ whole ~ ' end'
        )) -}}
    {%- elif decimal -%}
        {%- set scale = decimal.group(1) or ('0' if '(' in type else '') -%}
        {%- set after = '[.][0-9]{0,' ~ scale ~ '}0*' if scale else '[.][0-9]*' -%}
        {{- return(foretell._key_like('[+-]?[0-9]+(' ~ after ~ ')?', 'cast(' ~ key ~ ' as numeric)')) -}}
    {%- elif type in ('double precision', 'real') -%}
        {{- return(foretell._key_like('[+-]?[0-9]{1,30}([.][0-9]*)?', 'cast(' ~ key ~ ' as ' ~ type ~ ')')) -}}
    {%- elif type == 'boolean' -%}
        {{- return(foretell._key_like('(?i)(t|true|f|false|1|0)', 'cast(' ~ key ~ ' as boolean)')) -}}
    {%- elif type == 'uuid' -%}
        {{- return(foretell._key_like('([0-9a-fA-F]{4}-?){8}', 'cast(' ~ key ~ ' as uuid)')) -}}
    {%- elif type == 'date' -%}
        {{- return(foretell._key_like(day, foretell._day_of_month(key, type))) -}}
    {%- elif type.startswith('timestamp') -%}
        {%- set zone = '(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)?' if 'with time zone' in type else '' -%}
        {{- return(foretell._key_like(day ~ time ~ zone, foretell._day_of_month(key, type))) -}}
    {%- endif -%}
    {{- return(none) -}}
{%- endmacro -%}


{#- A value, where the key is written like a pattern. -#}
{%- macro _key_like(pattern, value) -%}
    {%- set flags = '(?i)' if pattern.startswith('(?i)') else '' -%}
    {%- set whole = flags ~ '^ *(' ~ pattern[flags | length:] ~ ') *$' -%}
    {{- return('case when ' ~ foretell._key() ~ " ~ '" ~ whole ~ "' then " ~ value ~ ' end') -}}
{%- endmacro -%}


{#- A date, where its month has that day. -#}
{%- macro _day_of_month(key, type) -%}
    {%- set first = 'cast(left(' ~ key ~ ", 7) || '-01' as date)" -%}
    {%- set days = 'extract(day from ' ~ first ~ " + interval '1 month' - interval '1 day')" -%}
    {{- return(
        'case when cast(substr(' ~ key ~ ', 9, 2) as integer) <= ' ~ days
        ~ ' then cast(' ~ key ~ ' as ' ~ type ~ ') end'
    ) -}}
{%- endmacro -%}


{#- Whether a text names the key, a pattern, as a word of its own. -#}
{%- macro _names(column) -%}
    {{- return(adapter.dispatch('_names', 'foretell')(column)) -}}
{%- endmacro -%}


{%- macro default___names(column) -%}
    {{- foretell._refuse_adapter() -}}
{%- endmacro -%}


{%- macro duckdb___names(column) -%}
    {{- return('regexp_matches(' ~ column ~ ', $1)') -}}
{%- endmacro -%}


{%- macro postgres___names(column) -%}
    {{- return(column ~ ' ~ ' ~ foretell._key()) -}}
{%- endmacro -%}


{#- A text without the key. Twice: of two that share a delimiter, one pass sees the first. -#}
{%- macro _unnamed(column) -%}
    {%- set once = 'regexp_replace(' ~ column ~ ', ' ~ foretell._key() ~ ", '\\1(forgotten)\\2', 'g')" -%}
    {{- return('regexp_replace(' ~ once ~ ', ' ~ foretell._key() ~ ", '\\1(forgotten)\\2', 'g')") -}}
{%- endmacro -%}
