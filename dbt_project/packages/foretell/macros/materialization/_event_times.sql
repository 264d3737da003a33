{#- Private to the materialization: where the times of events are read, by which the engine knows how
    far outcomes are known: what `known_until` of the spec names, else the prediction's event views
    and the sources with a `loaded_at_field` that its query reads, also through other models. -#}
{%- macro _event_times() -%}
    {%- set said = foretell._prediction_spec() -%}
    {%- set known_until = said.get('known_until') if said is mapping else none -%}
    {%- if known_until is mapping and known_until.get('ref') and known_until.get('column') -%}
        {{- return([foretell._known_until(known_until.ref | string, known_until.column | string)]) -}}
    {%- endif -%}
    {%- set found = [] -%}
    {%- for node in foretell._upstream() -%}
        {%- set view = node.config.get('meta', {}).get('feature_view') -%}
        {%- if view is mapping and view.kind == 'events' and node.config.materialized != 'ephemeral' -%}
            {%- do found.append(foretell._times_of_model(node, view.time)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for node in foretell._sources_read() -%}
        {%- set time = node.get('loaded_at_field') or node.config.get('loaded_at_field') -%}
        {%- if time -%}
            {%- do found.append({
                'name': 'Source ' ~ node.source_name ~ '.' ~ node.name ~ ', `loaded_at_field: ' ~ time ~ '`',
                'relation': source(node.source_name, node.name) | string,
                'time': time,
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(found) -}}
{%- endmacro -%}


{%- macro _known_until(name, column) -%}
    {%- for node in foretell._upstream() if node.name == name -%}
        {%- if node.config.materialized == 'ephemeral' -%}
            {{- return({
                'name': name, 'relation': none, 'time': '',
                'missing': 'is ephemeral: materialize it as a view or a table.',
            }) -}}
        {%- endif -%}
        {{- return(foretell._times_of_model(node, column)) -}}
    {%- endfor -%}
    {{- return({
        'name': name, 'relation': none, 'time': '',
        'missing': 'is not read by its SQL, which selects from ['
            ~ (foretell._upstream() | map(attribute='name') | sort | join(', ')) ~ ']. Name one of these, or let dbt '
            ~ 'build it first by the line `-- depends_on: {{ ref(\'' ~ name ~ '\') }}` in the SQL.',
    }) -}}
{%- endmacro -%}


{%- macro _times_of_model(node, column) -%}
    {{- return({
        'name': node.name ~ '.' ~ column,
        'relation': ref(node.package_name, node.name, v=node.get('version')) | string,
        'time': adapter.quote(column),
    }) -}}
{%- endmacro -%}


{#- The sources that this model reads, directly or through other models. -#}
{%- macro _sources_read() -%}
    {%- set found, seen, waiting = [], [], [model.depends_on.nodes | list] -%}
    {%- for ids in waiting -%}
        {%- for id in ids if id not in seen -%}
            {%- do seen.append(id) -%}
            {%- if id in graph.sources -%}
                {%- do found.append(graph.sources[id]) -%}
            {%- elif id in graph.nodes -%}
                {%- do waiting.append(graph.nodes[id].depends_on.get('nodes', [])) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(found) -}}
{%- endmacro -%}
