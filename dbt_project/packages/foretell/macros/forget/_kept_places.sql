{#- Private to foretell.forget: where the stores' schema may hold an entity. Rows, in the tables of
    one prediction that carry its key (what a killed run left included), and texts: what a gate or
    a refusal said may give examples. The stores keep no other keys.

    Nothing here writes a key into SQL: keys are bound, so that no log or file of dbt has them. -#}
{%- macro _kept_places(asked) -%}
    {%- set places, ours = [], foretell._our_tables() -%}
    {%- for table, column, type in foretell._typed_columns() if table in ours -%}
        {#- What scores for a question has then or now in its name. -#}
        {%- set own = modules.re.match('^(.+?)(__then|__now)?__(history|features|history_anew|features_anew|running|staged|scored|query|plain|reasons|backtest|asked|compared|quarantine|set_aside)$', table) -%}
        {%- if own and asked.prediction in (none, own.group(1)) -%}
            {%- for entity in asked.entities if entity.column | lower == column | lower -%}
                {%- do places.append({
                    'prediction': own.group(1), 'name': table, 'what': 'rows', 'column': column,
                    'type': type, 'key': entity.key,
                    'entity': asked.entities.index(entity),
                    'relation': foretell._in_stores(table),
                    'where': foretell._is_key(adapter.quote(column), type),
                }) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(places) -}}
{%- endmacro -%}


{#- Private to foretell.forget: the texts in the stores that may name an entity of a prediction.
    Only what failed gives examples; a key that is a small number may also be some count there. -#}
{%- macro _kept_texts(asked, prediction) -%}
    {%- set texts = [] -%}
    {%- for store, column, failed in [
        ('validation_results', 'observed', "status <> 'pass'"),
        ('validation_results', 'sample_keys', "status <> 'pass'"),
        ('runs', 'message', "status <> 'published'"),
        ('model_events', 'message', "event = 'gate failed'"),
    ] -%}
        {%- for entity in asked.entities -%}
            {%- do texts.append({
                'prediction': prediction, 'name': store, 'what': 'texts', 'column': column,
                'entity': none, 'key': '(^|[^A-Za-z0-9_.-])' ~ modules.re.escape(entity.key) ~ '([^A-Za-z0-9_]|$)',
                'relation': foretell._store(store),
                'where': failed ~ " and prediction = '" ~ prediction | replace("'", "''") ~ "' and " ~ foretell._names(adapter.quote(column)),
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(texts) -}}
{%- endmacro -%}


{#- Columns of the tables in the stores' schema: table, column and type. -#}
{%- macro _typed_columns() -%}
    {{- return(adapter.dispatch('_typed_columns', 'foretell')()) -}}
{%- endmacro -%}


{%- macro default___typed_columns() -%}
    {{- foretell._refuse_adapter() -}}
{%- endmacro -%}


{%- macro duckdb___typed_columns() -%}
    {%- set columns -%}
        select table_name, column_name, data_type
        from information_schema.columns
        where table_catalog = '{{ target.database | replace("'", "''") }}'
            and table_schema = '{{ foretell.stores_schema() | replace("'", "''") }}'
        order by table_name, column_name
    {%- endset -%}
    {{- return(run_query(columns).rows) -}}
{%- endmacro -%}


{%- macro postgres___typed_columns() -%}
    {%- set columns -%}
        select
            pg_class.relname,
            pg_attribute.attname,
            upper(format_type(pg_attribute.atttypid, pg_attribute.atttypmod)) as type
        from pg_attribute
        inner join pg_class on pg_attribute.attrelid = pg_class.oid
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        where
            pg_namespace.nspname = '{{ foretell.stores_schema() | replace("'", "''") }}'
            and pg_class.relkind = 'r'
            and pg_attribute.attnum > 0
            and not pg_attribute.attisdropped
        order by pg_class.relname, pg_attribute.attname
    {%- endset -%}
    {{- return(run_query(columns).rows) -}}
{%- endmacro -%}
