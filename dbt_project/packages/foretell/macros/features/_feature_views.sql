{#- Private to foretell.join_features: what the upstream models of this model declare in
    `config.meta.feature_view`, by relation name. In a dbt unit test the graph is empty and so is
    the answer; a test of the whole query overrides this macro with a dict in its YAML:
    `overrides: {macros: {foretell._feature_views: {feat_member__visits: {kind: ...}}}}`. -#}
{%- macro _feature_views() -%}
    {%- set declared = {} -%}
    {%- for node in foretell._upstream() -%}
        {%- if node.config.get('meta', {}).get('feature_view') -%}
            {%- do declared.update({node.alias: node.config.meta.feature_view}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(declared) -}}
{%- endmacro -%}


{#- The models and snapshots that this model selects from; none while dbt parses. -#}
{%- macro _upstream() -%}
    {%- set found = [] -%}
    {%- for node in (graph.get('nodes') or {}).values() if execute -%}
        {%- if node.unique_id in model.depends_on.nodes -%}{%- do found.append(node) -%}{%- endif -%}
    {%- endfor -%}
    {{- return(found) -}}
{%- endmacro -%}


{#- Private to the materialization: each feature view of this prediction as the engine reads it. -#}
{%- macro _views_for_engine() -%}
    {%- set said = [] -%}
    {%- for node in foretell._upstream() if node.config.get('meta', {}).get('feature_view') -%}
        {%- set view = foretell._read_view(node.name, node.config.meta.feature_view) -%}
        {%- set relation = ref(node.package_name, node.name, v=node.get('version')) -%}
        {%- set ephemeral = node.config.materialized == 'ephemeral' -%}
        {%- set columns = node.columns or {} -%}
        {%- set features = [] -%}
        {%- for feature in view.features -%}
            {%- set described = columns.get(feature.name, {}).get('description') if view.kind != 'events' -%}
            {%- do features.append({
                'column': feature.column,
                'description': described or feature.description or '',
                'definition': feature.definition,
                'reads': feature.of if view.kind == 'events' else feature.name,
            }) -%}
        {%- endfor -%}
        {%- do said.append({
            'name': node.name,
            'kind': view.kind,
            'topic': view.topic,
            'entity': view.entity,
            'at': view.time or view.as_of,
            'known_at': view.known_at,
            'order_by': view.order_by,
            'until': view.until,
            'filters': view.features | map(attribute='where') | select | unique(case_sensitive=true) | list if view.kind == 'events' else [],
            'owner': node.config.get('meta', {}).get('owner') or node.config.get('group'),
            'description': node.description,
            'code': node.raw_code,
            'relation': none if ephemeral else {
                'database': relation.database,
                'schema': relation.schema,
                'name': relation.identifier,
            },
            'features': features,
        }) -%}
    {%- endfor -%}
    {{- return(said) -}}
{%- endmacro -%}
