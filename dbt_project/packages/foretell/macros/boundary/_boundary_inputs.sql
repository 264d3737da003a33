{#- Private to foretell.write_boundary_test: what a model selects from, as a unit test names it,
    with what each column holds, by name in lower case: as it is built, for dbt's unit tests need
    that too; of an ephemeral model, what is documented. -#}
{%- macro _boundary_inputs(node) -%}
    {%- set inputs = [] -%}
    {%- for id in node.depends_on.nodes -%}
        {%- set one = graph.nodes.get(id) or graph.sources.get(id) -%}
        {%- if one and one.resource_type in ('model', 'seed', 'snapshot', 'source') -%}
            {%- set columns, types = {}, {} -%}
            {%- for column in foretell._boundary_columns(one) -%}
                {%- if modules.re.search('\\x7b[\\x7b%#]|[\\r\\n]', column.name) -%}
                    {%- do foretell._refuse_boundary(one.name ~ " has a column that is called " ~ tojson(column.name) ~ ", which dbt would render as a template where the test is pasted; rename it") -%}
                {%- endif -%}
                {%- do columns.update({column.name | lower: foretell._type_group(column.dtype)}) -%}
                {%- do types.update({column.name | lower: column.data_type}) -%}
            {%- endfor -%}
            {%- for name in one.columns if one.config.materialized == 'ephemeral' -%}
                {%- do columns.update({name | lower: ''}) -%}
            {%- endfor -%}
            {%- do inputs.append({
                'name': one.name,
                'input': foretell._boundary_input(one, node),
                'columns': columns,
                'types': types,
                'is_view': (one.config.get('meta') or {}).get('feature_view') is not none,
                'is_ephemeral': one.config.get('materialized') == 'ephemeral',
                'node': one,
                'rows': [],
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(inputs) -}}
{%- endmacro -%}


{%- macro _boundary_input(one, reader) -%}
    {%- if one.resource_type == 'source' -%}
        {{- return("source('" ~ one.source_name ~ "', '" ~ one.name ~ "')") -}}
    {%- endif -%}
    {%- set package = "'" ~ one.package_name ~ "', " if one.package_name != reader.package_name else '' -%}
    {%- set version = ', version=' ~ one.version if one.get('version') is not none else '' -%}
    {{- return("ref(" ~ package ~ "'" ~ one.name ~ "'" ~ version ~ ")") -}}
{%- endmacro -%}


{%- macro _boundary_columns(one) -%}
    {%- if one.config.get('materialized') == 'ephemeral' -%}{{- return([]) -}}{%- endif -%}
    {%- set relation = adapter.get_relation(one.database, one.schema, one.get('alias') or one.get('identifier') or one.name) -%}
    {{- return(adapter.get_columns_in_relation(relation) if relation else []) -}}
{%- endmacro -%}


{#- The input that holds the rows to describe: it has both keys and is no feature view. -#}
{%- macro _boundary_spine_input(inputs, name, keys, reader) -%}
    {%- set with_keys, found = [], [] -%}
    {%- for one in inputs if not one.is_view and keys | map('lower') | reject('in', one.columns) | list | length == 0 -%}
        {%- do with_keys.append(one.name) -%}
        {%- if not name or one.name == name -%}{%- do found.append(one) -%}{%- endif -%}
    {%- endfor -%}
    {%- set names = inputs | rejectattr('is_view') | map(attribute='name') | join(', ') -%}
    {%- if not with_keys -%}
        {%- do foretell._refuse_boundary(reader ~ " selects from [" ~ names ~ "], and none of them has both the columns " ~ keys | join(' and ') ~ ". If they are not built yet, build them first: dbt build --select +" ~ reader ~ " --exclude " ~ reader ~ ". If the columns have other names there, write the test by hand") -%}
    {%- elif not found -%}
        {%- do foretell._refuse_boundary("`spine: " ~ name ~ "` is no input of " ~ reader ~ " with the columns " ~ keys | join(' and ') ~ "; these are: [" ~ with_keys | join(', ') ~ "]") -%}
    {%- elif found | length > 1 -%}
        {%- do foretell._refuse_boundary("several inputs of " ~ reader ~ " have the columns " ~ keys | join(' and ') ~ ": [" ~ with_keys | join(', ') ~ "]; name the one with the rows to describe: --args '{..., spine: " ~ with_keys[0] ~ "}'") -%}
    {%- elif found[0].is_ephemeral -%}
        {%- do foretell._refuse_ephemeral(found[0].name) -%}
    {%- endif -%}
    {{- return(found[0]) -}}
{%- endmacro -%}


{%- macro _refuse_ephemeral(name) -%}
    {%- do foretell._refuse_boundary(name ~ " is ephemeral, and dbt's unit tests cannot look up the columns of such a model; materialize it as a view or a table") -%}
{%- endmacro -%}
