{#- Private to foretell.write_boundary_test: the test of a model that joins a view of events or
    states. One row is seen; the others are dated, or became known, at the as-of time or later.
    What is expected follows from the declaration, never from running the engine. -#}
{%- macro _boundary_of_history(node, view, model, spine, entity, as_of) -%}
    {%- set keys = foretell._boundary_keys(model, entity, as_of) -%}
    {%- set via = foretell._key_of(view, keys) -%}
    {%- set inputs = foretell._boundary_inputs(model) -%}
    {%- set viewed = inputs | selectattr('node.unique_id', 'equalto', node.unique_id) | first -%}
    {%- set described = foretell._boundary_spine_input(inputs, spine, [keys.entity, keys.as_of], model.name) -%}
    {%- if viewed.is_ephemeral -%}
        {%- do foretell._refuse_ephemeral(node.name) -%}
    {%- elif not viewed.columns -%}
        {%- do foretell._refuse_boundary(node.name ~ " is not built yet, and the types of its columns are needed; build it first: dbt build --select " ~ node.name) -%}
    {%- endif -%}

    {%- set entity_value = foretell._key_value(described.columns[keys.entity | lower]) -%}
    {%- set as_of_value = foretell._moment(described.columns[keys.as_of | lower], 0) -%}
    {%- do described.rows.append({'values': {keys.entity: entity_value, keys.as_of: as_of_value}, 'why': ''}) -%}
    {%- if via != keys.entity -%}
        {%- do foretell._give_key(via, keys.entity, described, inputs, view, model) -%}
    {%- endif -%}
    {%- do viewed.rows.extend(foretell._history_rows(view, viewed.columns)) -%}

    {%- set expected, left_out = {keys.entity: entity_value, keys.as_of: as_of_value}, [] -%}
    {%- for feature in view.features -%}
        {%- set reads = (feature.of or view.time) if view.kind == 'events' else feature.name -%}
        {%- if feature.where -%}
            {%- do left_out.append(feature.column ~ ', which has a `where`') -%}
        {%- elif not viewed.columns.get(reads | lower) or (view.kind == 'states' and reads in (view.entity, view.time, view.known_at, view.until)) -%}
            {%- do left_out.append(feature.column ~ ', for whose type there is no example') -%}
        {%- else -%}
            {%- do expected.update({feature.column: foretell._expected_of_history(feature, view, viewed.columns)}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if expected | length == 2 -%}
        {%- do foretell._refuse_boundary("no feature of " ~ node.name ~ " can be expected from its declaration: it has " ~ left_out | join('; ') ~ ". Write the test by hand, with rows that these features pick") -%}
    {%- endif -%}
    {%- set macros = {'foretell._feature_views': {node.name: node.config.meta.feature_view}} -%}
    {%- if model.config.get('meta', {}).get('prediction') -%}
        {%- set spec = model.config.meta.prediction -%}
        {%- do macros.update({'foretell._prediction_spec': {'entity': spec.entity, 'as_of': spec.as_of}}) -%}
        {%- if spec.get('horizon') -%}{%- do macros['foretell._prediction_spec'].update({'horizon': spec.horizon}) -%}{%- endif -%}
    {%- endif -%}
    {{- return({'model': model, 'inputs': inputs, 'macros': macros, 'expected': [expected], 'left_out': left_out, 'notes': []}) -}}
{%- endmacro -%}


{#- The key columns of the rows that a model describes: its spec's, or those that it gives to
    join_features in its SQL. -#}
{%- macro _boundary_keys(model, entity, as_of) -%}
    {%- set spec = model.config.get('meta', {}).get('prediction') or {} -%}
    {%- set keys = {'cte': model.name, 'entity': entity or spec.get('entity'), 'as_of': as_of or spec.get('as_of')} -%}
    {%- for name in ('entity', 'as_of') if not keys[name] -%}
        {%- set found = modules.re.search("\\b" ~ name ~ "\\s*=\\s*['\"](\\w+)['\"]", model.raw_code) -%}
        {%- if not found -%}
            {%- do foretell._refuse_boundary("the column `" ~ name ~ "` of " ~ model.name ~ " cannot be found in its SQL; say it: --args '{..., " ~ name ~ ": " ~ ('household_id' if name == 'entity' else 'as_of_date') ~ "}'") -%}
        {%- endif -%}
        {%- do keys.update({name: found.group(1)}) -%}
    {%- endfor -%}
    {{- return(keys) -}}
{%- endmacro -%}


{#- The row to describe needs the key through which the view is joined; where it does not hold that
    key itself, another input brings it. -#}
{%- macro _give_key(via, entity, described, inputs, view, model) -%}
    {%- for one in [described] + inputs if via | lower in one.columns and not one.is_view -%}
        {%- if loop.first -%}
            {%- if not one.rows -%}{%- do one.rows.append({'values': {entity: described.rows[0]['values'][entity]}, 'why': ''}) -%}{%- endif -%}
            {%- do one.rows[0]['values'].update({via: foretell._key_value(one.columns[via | lower])}) -%}
        {%- endif -%}
    {%- else -%}
        {%- do foretell._refuse_boundary(view.name ~ " is joined via " ~ via ~ ", but no input of " ~ model.name ~ " has that column. If they are not built yet, build them first; else write the test by hand") -%}
    {%- endfor -%}
{%- endmacro -%}


{#- When the rows of a view are dated: the one that is seen, one that becomes known too late, one
    exactly at the as-of time and one after it. Two dates must differ by a whole day. -#}
{%- macro _history_moment(when, group, view) -%}
    {%- if when == 'seen' -%}{{- return(foretell._moment(group, (-2 if view.known_at else -1) if group == 'date' else 0, -45)) -}}{%- endif -%}
    {%- if when == 'late' -%}{{- return(foretell._moment(group, -1 if group == 'date' else 0, -15)) -}}{%- endif -%}
    {{- return(foretell._moment(group, 0 if when == 'at' or group != 'date' else 1, 480 if when == 'after' else 0)) -}}
{%- endmacro -%}


{%- macro _history_rows(view, columns) -%}
    {%- set cases = [('seen', 'seen', 'before the as-of time: seen'), ('at', 'seen', 'at the as-of time: not seen')] -%}
    {%- if view.known_at -%}{%- do cases.append(('late', 'at', 'known from the as-of time on: not seen')) -%}{%- endif -%}
    {%- do cases.append(('after', 'after', 'after it: not seen')) -%}
    {%- set rows = [] -%}
    {%- for time, known, why in cases -%}
        {%- set values = {view.entity: foretell._key_value(columns.get(view.entity | lower))} -%}
        {%- do values.update({view.time: foretell._history_moment(time, columns.get(view.time | lower), view)}) -%}
        {%- if view.known_at -%}
            {%- do values.update({view.known_at: foretell._history_moment(known, columns.get(view.known_at | lower), view)}) -%}
        {%- endif -%}
        {%- for column in foretell._value_columns(view) if column not in values and column != view.until and columns.get(column | lower) -%}
            {%- do values.update({column: foretell._history_value(column, ['seen', 'at', 'late', 'after'].index(time), view, columns)}) -%}
        {%- endfor -%}
        {%- do rows.append({'values': values, 'why': why}) -%}
    {%- endfor -%}
    {{- return(rows) -}}
{%- endmacro -%}


{%- macro _value_columns(view) -%}
    {{- return(view.features | map(attribute='of' if view.kind == 'events' else 'name') | select | unique | list) -}}
{%- endmacro -%}


{#- A value that shows whether its row was seen: the seen one is lowest, or highest where the
    lowest of the column is asked for. -#}
{%- macro _history_value(column, position, view, columns) -%}
    {%- set aggs = view.features | selectattr('of', 'defined') | selectattr('of', 'equalto', column) | map(attribute='agg') | list -%}
    {%- set falls = 'min' in aggs and 'max' not in aggs -%}
    {%- set group = columns[column | lower] -%}
    {%- if group == 'truth' -%}{{- return('true' if (position == 0) == falls else 'false') -}}{%- endif -%}
    {{- return(foretell._value(group, 4 - position if falls else position + 1)) -}}
{%- endmacro -%}


{#- What the declaration makes of the one row that is seen. -#}
{%- macro _expected_of_history(feature, view, columns) -%}
    {%- set hours = (48 if view.known_at else 24) if columns[view.time | lower] == 'date' else 0.75 -%}
    {%- if view.kind == 'states' -%}
        {{- return('null' if view.ttl and view.ttl.hours < hours else foretell._history_value(feature.name, 0, view, columns)) -}}
    {%- endif -%}
    {%- if not feature.window -%}{{- return(hours / 24) -}}{%- endif -%}
    {%- set value = foretell._history_value(feature.of, 0, view, columns) if feature.of and feature.of != view.entity else 1 -%}
    {%- set is_within = feature.window.hours >= hours -%}
    {%- if feature.agg == 'trend' -%}
        {{- return(value if is_within else (-value if feature.window.hours * 2 >= hours else 0)) -}}
    {%- elif feature.agg in ('count', 'count_distinct') -%}
        {{- return(1 if is_within else 0) -}}
    {%- endif -%}
    {{- return(value if is_within else (0 if feature.agg == 'sum' else 'null')) -}}
{%- endmacro -%}
