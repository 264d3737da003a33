{#- Private to foretell.write_boundary_test: the test of a view that computes its features at each
    as-of time in its own SQL. No declaration says what its features mean, so its SQL is run on the
    rows before the as-of time alone, and what comes out is what the test expects with the others
    there too: they must change nothing. The features that those rows would change if they came
    earlier are the ones that the test can prove; the rest is said in comments. -#}
{%- macro _boundary_of_spine(node, view, spine) -%}
    {%- set inputs = foretell._boundary_inputs(node) -%}
    {%- set described = foretell._boundary_spine_input(inputs, spine, [view.entity, view.as_of], node.name) -%}
    {%- set unknown = inputs | rejectattr('columns') | list + inputs | selectattr('is_ephemeral') | list -%}
    {%- if unknown or node.config.materialized == 'incremental' -%}
        {%- set why = unknown | map(attribute='name') | unique | join(', ') ~ " is not built yet or is ephemeral. Build with: dbt build --select +" ~ node.name if unknown else "it is incremental" -%}
        {%- do foretell._refuse_boundary(node.name ~ " computes its features itself, so its SQL is run on example rows, which is not possible: " ~ why ~ ". Else write the test by hand, as docs/how-to/add-a-feature.md shows") -%}
    {%- endif -%}
    {%- set entity_value = foretell._key_value(described.columns[view.entity | lower]) -%}
    {%- do described.rows.append({'values': {view.entity: entity_value, view.as_of: foretell._moment(described.columns[view.as_of | lower], 0)}, 'why': ''}) -%}
    {%- for one in inputs if one is not sameas described -%}
        {%- do one.rows.extend(foretell._example_rows(one, view, node, inputs)) -%}
    {%- endfor -%}

    {%- set names = [view.entity, view.as_of] + view.features | map(attribute='name') | list -%}
    {%- set before = foretell._run_on_rows(node, inputs, names, 'before') -%}
    {%- set all = foretell._run_on_rows(node, inputs, names, 'all') -%}
    {%- set earlier = foretell._run_on_rows(node, inputs, names, 'earlier') -%}
    {%- set notes, moved, stay = [], [], [] -%}
    {%- for name in names[2:] -%}
        {%- set values = before | map(attribute=name) | list -%}
        {%- if all | map(attribute=name) | list != values -%}{%- do moved.append(name) -%}{%- endif -%}
        {%- if earlier | map(attribute=name) | list == values -%}{%- do stay.append(name) -%}{%- endif -%}
    {%- endfor -%}
    {%- if moved -%}
        {%- do notes.extend(["IT FAILS NOW, as it should: rows at the as-of time or later change " ~ moved | join(', ') ~ ".", "Make the view's SQL compare with `" ~ view.as_of ~ " > <time>`, then run this test."]) -%}
    {%- endif -%}
    {%- if stay | length == view.features | length -%}
        {%- do notes.extend(["IT PROVES NOTHING YET: no feature would change if the rows after the as-of time came before it.", "Change the rows under `given` until they do, and the values under `expect` to what they should be."]) -%}
    {%- elif stay -%}
        {%- do notes.append("Not proven by these rows, which would not change them anyway: " ~ stay | join(', ') ~ ".") -%}
    {%- endif -%}
    {%- do notes.append("The values under `expect` are what the view's SQL makes of the rows before the as-of time: check them.") -%}
    {%- set nothing = {view.entity: entity_value, view.as_of: described.rows[0]['values'][view.as_of]} -%}
    {%- for name in names[2:] -%}{%- do nothing.update({name: 'FILL_IN'}) -%}{%- endfor -%}
    {{- return({'model': node, 'inputs': [described] + inputs | reject('sameas', described) | list, 'macros': {}, 'expected': before or [nothing], 'left_out': [], 'notes': notes}) -}}
{%- endmacro -%}


{#- Rows of one input: two before the as-of time, one at it and one after, where it has times; else
    one. Keys that several inputs share are 1, so that they join; only columns that the view's SQL
    names are filled. -#}
{%- macro _example_rows(one, view, node, inputs) -%}
    {%- set has_time = one.columns.values() | select('in', ['date', 'timestamp']) | list | length > 0 -%}
    {%- set cases = [
        ('before', -8, -720, 'before the as-of time'),
        ('before', -1, -720, 'before the as-of time'),
        ('after', 0, 0, 'at the as-of time: changes nothing'),
        ('after', 1, 480, 'after it: changes nothing'),
    ] if has_time else [('before', 0, 0, '')] -%}
    {%- set rows = [] -%}
    {%- for when, days, minutes, why in cases -%}
        {%- set position = loop.index -%}
        {%- set values, earlier = {}, {} -%}
        {%- for name, group in one.columns.items() if modules.re.search('(?i)\\b' ~ name ~ '\\b', node.raw_code) -%}
            {%- set shared = inputs | map(attribute='columns') | selectattr(name, 'defined') | list | length > 1 -%}
            {%- if group in ('date', 'timestamp') -%}
                {%- do values.update({name: foretell._moment(group, days, minutes)}) -%}
                {%- do earlier.update({name: foretell._moment(group, -3 if position == 3 else -20, -60)}) -%}
            {%- elif name == view.entity | lower or shared -%}
                {%- do values.update({name: foretell._key_value(group)}) -%}
            {%- elif group -%}
                {%- do values.update({name: foretell._value(group, position)}) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do rows.append({'when': when, 'values': values, 'earlier': dict(values, **earlier), 'why': why}) -%}
    {%- endfor -%}
    {{- return(rows) -}}
{%- endmacro -%}


{#- What the view's SQL makes of the rows `before` the as-of time, of `all`, or of all with those
    after it dated `earlier`: rows of a name and its value as YAML. -#}
{%- macro _run_on_rows(node, inputs, names, which) -%}
    {%- set said = {'sql': render(node.raw_code)} -%}
    {%- for one in inputs -%}
        {%- set relation = api.Relation.create(database=one.node.database, schema=one.node.schema, identifier=one.node.get('alias') or one.node.get('identifier')) -%}
        {%- if relation | string not in said.sql -%}
            {%- do foretell._refuse_boundary("the SQL of " ~ node.name ~ " does not name " ~ relation ~ " as it is, so it cannot be run on example rows; write the test by hand") -%}
        {%- endif -%}
        {%- do said.update({'sql': said.sql | replace(relation | string, foretell._rows_sql(one, which))}) -%}
    {%- endfor -%}
    {%- set columns = [] -%}
    {%- for name in names -%}
        {%- do columns.append('cast(' ~ adapter.quote(name) ~ ' as ' ~ api.Column.translate_type('string') ~ ') as ' ~ adapter.quote(name)) -%}
    {%- endfor -%}
    {%- set found = run_query('select ' ~ columns | join(', ') ~ ' from (\n' ~ said.sql ~ '\n) as described order by 1, 2') -%}
    {%- set rows = [] -%}
    {%- for line in found.rows -%}
        {%- set row = {} -%}
        {%- for name in names -%}{%- do row.update({name: foretell._yaml_value(line[loop.index0])}) -%}{%- endfor -%}
        {%- do rows.append(row) -%}
    {%- endfor -%}
    {{- return(rows) -}}
{%- endmacro -%}


{#- An input as a subquery with the types of its relation. -#}
{%- macro _rows_sql(one, which) -%}
    {%- set selects = [] -%}
    {%- for row in one.rows if which != 'before' or row.get('when') != 'after' -%}
        {%- set values = row.earlier if which == 'earlier' and row.get('when') == 'after' else row['values'] -%}
        {%- set by_name = {} -%}
        {%- for name, value in values.items() -%}{%- do by_name.update({name | lower: "'" ~ value | string | replace('"', '') ~ "'"}) -%}{%- endfor -%}
        {%- set columns = [] -%}
        {%- for column in foretell._boundary_columns(one.node) -%}
            {%- do columns.append('cast(' ~ by_name.get(column.name | lower, 'null') ~ ' as ' ~ column.data_type ~ ') as ' ~ adapter.quote(column.name)) -%}
        {%- endfor -%}
        {%- do selects.append('select ' ~ columns | join(', ')) -%}
    {%- endfor -%}
    {{- return('(' ~ selects | join(' union all ') ~ ')') -}}
{%- endmacro -%}


{%- macro _yaml_value(text) -%}
    {%- if text is none -%}{{- return('null') -}}{%- endif -%}
    {{- return(text if modules.re.match('^(-?\\d+(\\.\\d+)?|true|false|\\d{4}-\\d\\d-\\d\\d)$', text) else tojson(text)) -}}
{%- endmacro -%}
