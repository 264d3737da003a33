{#- Private to foretell.write_boundary_test: the test as YAML. -#}
{%- macro _boundary_yaml(node, view, said) -%}
    {%- set lines = [
        "# Written by foretell.write_boundary_test for " ~ node.name ~ ". Paste it into a .yml file beside",
        "# " ~ said.model.name ~ ", under the `unit_tests:` that is there if there is one.",
    ] -%}
    {%- for note in said.notes -%}{%- do lines.append('# ' ~ note) -%}{%- endfor -%}
    {%- do lines.extend([
        "unit_tests:",
        "  - name: " ~ view.topic ~ "_from_the_as_of_time_on_are_invisible",
        "    description: What " ~ node.name ~ " dates at the as-of time or later changes nothing.",
        "    model: " ~ said.model.name,
    ]) -%}
    {%- if said.model.get('version') is not none -%}
        {%- do lines.append('    versions: {include: [' ~ said.model.version ~ ']}') -%}
    {%- endif -%}
    {%- if said.macros -%}
        {%- do lines.append('    overrides:    # a unit test does not see what is declared: keep these like the declarations') -%}
        {%- do lines.append(toyaml({'macros': said.macros}) | trim | indent(6, first=true)) -%}
    {%- endif -%}
    {%- do lines.append('    given:') -%}
    {%- for one in said.inputs | selectattr('rows') | list + said.inputs | rejectattr('rows') | list -%}
        {%- do lines.append(foretell._input_yaml(one, said.inputs)) -%}
    {%- endfor -%}
    {%- do lines.append('    expect:') -%}
    {%- for one in said.left_out -%}{%- do lines.append('      # left out: ' ~ one) -%}{%- endfor -%}
    {%- do lines.append('      rows:') -%}
    {%- for row in said.expected -%}
        {%- for name, value in row.items() -%}
            {%- do lines.append('        ' ~ ('- ' if loop.first else '  ') ~ foretell._yaml_key(name) ~ ': ' ~ value) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(lines | join('\n')) -}}
{%- endmacro -%}


{%- macro _input_yaml(one, inputs) -%}
    {%- set lines = ['      - input: ' ~ one.input] -%}
    {%- if one.rows -%}
        {%- do lines.append('        rows:') -%}
        {%- for row in one.rows -%}
            {%- set values = [] -%}
            {%- for name, value in row['values'].items() -%}{%- do values.append(foretell._yaml_key(name) ~ ': ' ~ value) -%}{%- endfor -%}
            {%- do lines.append('          - {' ~ values | join(', ') ~ '}' ~ ('    # ' ~ row.why if row.why else '')) -%}
        {%- endfor -%}
    {%- elif one.is_ephemeral -%}
        {#- dbt cannot look up the columns of an ephemeral model; what it joins has their types. -#}
        {%- set types = {} -%}
        {%- for other in inputs -%}{%- do types.update(other.types) -%}{%- endfor -%}
        {%- set columns = [] -%}
        {%- for name in one.columns -%}
            {%- set value = 'cast(null as ' ~ types[name] ~ ')' if name in types else 'null' -%}
            {%- do columns.append(value ~ ' as ' ~ adapter.quote(name)) -%}
        {%- endfor -%}
        {%- do lines.extend(['        format: sql', '        rows: |']) -%}
        {%- do lines.append('          select ' ~ (columns | join(', ') or '1 as fill_in_its_columns') ~ ' where false') -%}
    {%- else -%}
        {%- do lines.append('        rows: []') -%}
    {%- endif -%}
    {{- return(lines | join('\n')) -}}
{%- endmacro -%}


{#- A name that YAML would read as something else is put in quotes. -#}
{%- macro _yaml_key(name) -%}
    {%- set is_plain = modules.re.match('^[A-Za-z_]\\w*$', name) and name | lower not in ('y', 'n', 'yes', 'no', 'on', 'off', 'true', 'false', 'null') -%}
    {{- return(name if is_plain else tojson(name)) -}}
{%- endmacro -%}
