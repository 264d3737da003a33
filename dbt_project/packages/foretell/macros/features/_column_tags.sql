{#- Private to the materialization: the dbt tags of the training query's columns, by name: those that
    the prediction's own YAML gives, and of a feature view, those of the column that a feature takes
    or aggregates. -#}
{%- macro _column_tags() -%}
    {%- set found = {} -%}
    {%- for name, column in (model.columns or {}).items() -%}
        {%- do foretell._add_tags(found, name, column) -%}
    {%- endfor -%}
    {%- for node in foretell._upstream() if node.config.get('meta', {}).get('feature_view') -%}
        {%- set view = foretell._read_view(node.name, node.config.meta.feature_view) -%}
        {%- for name, column in (node.columns or {}).items() -%}
            {%- for feature in view.features -%}
                {%- set reads = feature.of if view.kind == 'events' else feature.name -%}
                {%- if reads and reads | lower == name | lower -%}
                    {%- do foretell._add_tags(found, feature.column, column) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(found) -}}
{%- endmacro -%}


{#- A column's tags stand beside its name or in its config, as a list or alone. -#}
{%- macro _add_tags(found, name, column) -%}
    {%- set tags = found.get(name, []) -%}
    {%- for said in [column.get('tags') or [], column.get('config', {}).get('tags') or []] -%}
        {%- for tag in ([said] if said is string else said) if tag not in tags -%}
            {%- do tags.append(tag) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if tags -%}{%- do found.update({name: tags}) -%}{%- endif -%}
{%- endmacro -%}
