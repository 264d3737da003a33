{#- What `foretell forget` runs: removes entities from all that foretell keeps, in one transaction,
    and puts on record how many rows that were, never whose. What is asked for comes from the
    environment, since dbt writes the arguments of an operation to files:
    FORETELL_FORGET = {"entities": [{"column": ..., "key": ...}], "prediction": ... or null}. -#}
{%- macro forget(happened_at) -%}
    {%- set asked = foretell._asked_to_forget() -%}
    {%- set removed = {} -%}
    {%- do foretell._begin() -%}
    {%- for place in foretell._kept(asked) -%}
        {%- if place.what == 'rows' -%}
            {%- do foretell._with_key('delete from ' ~ place.relation ~ ' where ' ~ place.where, place.key) -%}
        {%- else -%}
            {%- set text = adapter.quote(place.column) -%}
            {%- do foretell._with_key(
                'update ' ~ place.relation ~ ' set ' ~ text ~ ' = ' ~ foretell._unnamed(text)
                ~ ' where ' ~ place.where, place.key
            ) -%}
        {%- endif -%}
        {%- do removed.setdefault(place.prediction, []).append(place) -%}
    {%- endfor -%}
    {%- for prediction, places in removed.items() -%}
        {%- set counts, said = {}, [] -%}
        {%- for place in places -%}
            {%- do counts.update({place.name: counts.get(place.name, 0) + place.rows}) -%}
        {%- endfor -%}
        {%- for name, rows in counts.items() -%}
            {%- do said.append(rows ~ ' of ' ~ name) -%}
        {%- endfor -%}
        {%- do foretell._record_event(
            prediction, none, 'forgotten',
            'On request, by ' ~ asked.entities | map(attribute='column') | unique | join(', ')
            ~ '; rows removed or made nameless: ' ~ said | join(', '), happened_at
        ) -%}
    {%- endfor -%}
    {%- do foretell._settle() -%}
{%- endmacro -%}


{#- Publishes the serving copy without the rows of entities, also those of the project's own models,
    and removes the older files: what `foretell forget` runs last where there is such a copy. -#}
{%- macro publish_without() -%}
    {%- set missing = foretell._serving_missing() -%}
    {%- if missing -%}
        {%- do exceptions.raise_compiler_error(
            missing ~ ' A serving copy of an earlier build, if there is one, still holds the rows: delete it.'
        ) -%}
    {%- endif -%}
    {%- set request = foretell._serving_request() -%}
    {%- do request.update({'without': foretell._asked_to_forget().entities, 'keep': 1}) -%}
    {%- do adapter.add_query(foretell._publish('$1'), bindings=[tojson(request)]) -%}
{%- endmacro -%}


{#- As a query, for `foretell forget` to show: what would be removed. -#}
{%- macro forget_found() -%}
    {%- if not execute -%}{{- return(foretell._as_query([])) -}}{%- endif -%}
    {%- set asked = foretell._asked_to_forget() -%}
    {%- set rows = [] -%}
    {%- for place in foretell._kept(asked, all=true) -%}
        {%- do rows.append({
            'what': place.what, 'prediction': place.prediction, 'relation': place.relation | replace('"', ''),
            'column': place.column, 'type': place.type or '', 'rows': place.rows, 'fits': place.fits,
            'entity': place.entity,
        }) -%}
    {%- endfor -%}
    {{- foretell._as_query(rows) -}}
{%- endmacro -%}


{#- As a query: whether dashboards read a copy, and the project's own served relations that hold the
    entities, which are not ours. -#}
{%- macro forget_found_served() -%}
    {%- if not execute -%}{{- return(foretell._as_query({})) -}}{%- endif -%}
    {%- set asked = foretell._asked_to_forget() -%}
    {%- set rows = [] -%}
    {%- set predictions = foretell._predictions() | map(attribute='name') | list -%}
    {%- for served in foretell._served_relations() if served.model not in predictions -%}
        {%- set relation = adapter.get_relation(served.database, served.schema, served.name) -%}
        {%- for column in (adapter.get_columns_in_relation(relation) if relation is not none else []) -%}
            {%- for entity in asked.entities if entity.column | lower == column.name | lower -%}
                {%- set count = foretell._count_bound(
                    relation, foretell._is_key(adapter.quote(column.name), column.data_type), entity.key
                ) -%}
                {%- if count -%}
                    {%- do rows.append({'relation': relation | replace('"', ''), 'rows': count}) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- foretell._as_query({'relations': rows, 'is_copied': foretell._serves_a_copy()}) -}}
{%- endmacro -%}


{#- As a query: the entities' rows in one training query, which the environment has beside them. -#}
{%- macro forget_found_upstream() -%}
    {%- if not execute -%}{{- return(foretell._as_query([])) -}}{%- endif -%}
    {%- set asked = foretell._asked_to_forget() -%}
    {%- set rows = [] -%}
    {%- for entity in asked.entities -%}
        {%- set type = asked.types.get(entity.column | lower, 'varchar') -%}
        {%- do rows.append({'rows': foretell._count_bound(
            '(' ~ asked.query ~ '\n) as training_query',
            foretell._is_key(adapter.quote(entity.column), type), entity.key
        )}) -%}
    {%- endfor -%}
    {{- foretell._as_query(rows) -}}
{%- endmacro -%}


{#- Private to foretell.forget: places that hold something, with how much; with `all`, also the
    tables that hold nothing, which say what the keys are like. -#}
{%- macro _kept(asked, all=false) -%}
    {%- set kept = [] -%}
    {#- One that was always refused has no tables, but its refusals are kept. -#}
    {%- set predictions = [] -%}
    {%- for node in foretell._predictions() if asked.prediction in (none, node.name) -%}
        {%- set entity = (node.config.get('meta') or {}).get('prediction', {}).get('entity') | string | lower -%}
        {%- if entity in asked.entities | map(attribute='column') | map('lower') -%}
            {%- do predictions.append(node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for place in foretell._kept_places(asked) -%}
        {%- do predictions.append(place.prediction) -%}
        {%- do place.update({'rows': foretell._count_bound(place.relation, place.where, place.key)}) -%}
        {%- if place.rows or all -%}
            {%- set cursor = foretell._with_key('select ' ~ foretell._as_key(place.type) ~ ' is not null', place.key) -%}
            {%- do place.update({'fits': cursor.fetchone()[0]}) -%}
            {%- do kept.append(place) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for prediction in predictions | unique -%}
        {%- for text in foretell._kept_texts(asked, prediction) -%}
            {%- do text.update({'rows': foretell._count_bound(text.relation, text.where, text.key), 'fits': true}) -%}
            {%- if text.rows -%}{%- do kept.append(text) -%}{%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(kept) -}}
{%- endmacro -%}


{%- macro _asked_to_forget() -%}
    {{- return(fromjson(env_var('FORETELL_FORGET', '{"entities": [], "prediction": null}'))) -}}
{%- endmacro -%}


{#- Texts, numbers and truths that Jinja holds, as a query: JSON in one text column. -#}
{%- macro _as_query(answer) -%}
    select '{{ tojson(answer) | replace("'", "''") }}' as found
{%- endmacro -%}
