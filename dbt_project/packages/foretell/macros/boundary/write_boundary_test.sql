{#- Prints a dbt unit test, ready to paste, which proves that a feature view shows what is dated
    before the as-of time and nothing that is dated at it or later.
    Usage: dbt --quiet run-operation foretell.write_boundary_test --args '{view: feat_household__coupons}'

    For kinds events and states the test is one of the model that joins the view; `model` names
    it where several do. For kind spine it is one of the view itself. `spine` names the input that
    holds the rows to describe, `entity` and `as_of` its keys, where they cannot be found. -#}
{%- macro write_boundary_test(view=none, model=none, spine=none, entity=none, as_of=none) -%}
    {%- if execute -%}
        {%- set node = foretell._boundary_view(view) -%}
        {%- set declared = foretell._read_view(node.name, node.config.meta.feature_view) -%}
        {%- if declared.kind == 'static' -%}
            {%- do foretell._refuse_boundary(node.name ~ " is of kind static: its values have no time, so it shows what is known today as of any day, and there is no boundary to test. Give it a history (kind states with a `time`) if there is one") -%}
        {%- elif declared.kind == 'spine' -%}
            {%- set said = foretell._boundary_of_spine(node, declared, spine) -%}
        {%- else -%}
            {%- set said = foretell._boundary_of_history(node, declared, foretell._boundary_model(node, model), spine, entity, as_of) -%}
        {%- endif -%}
        {%- do print(foretell._boundary_yaml(node, declared, said)) -%}
    {%- endif -%}
{%- endmacro -%}


{#- The feature view that is meant. -#}
{%- macro _boundary_view(name) -%}
    {%- set views = [] -%}
    {%- for node in graph.nodes.values() if node.config.get('meta', {}).get('feature_view') -%}
        {%- do views.append(node) -%}
    {%- endfor -%}
    {%- set names = views | map(attribute='name') | unique | sort | join(', ') -%}
    {%- if not name -%}
        {%- do foretell._refuse_boundary("say which view, such as --args '{view: feat_household__coupons}'; this project has [" ~ names ~ "]") -%}
    {%- endif -%}
    {%- for node in views if node.name == name -%}
        {{- return(node) -}}
    {%- endfor -%}
    {%- do foretell._refuse_boundary("no model " ~ name ~ " has a `feature_view` in its config.meta; those that have one are [" ~ names ~ "]") -%}
{%- endmacro -%}


{#- The model whose query the test runs: it joins the view with foretell.join_features. -#}
{%- macro _boundary_model(view, name) -%}
    {%- set readers, joining = [], [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and view.unique_id in node.depends_on.nodes -%}
        {%- do readers.append(node) -%}
        {%- if 'join_features' in node.raw_code -%}{%- do joining.append(node) -%}{%- endif -%}
    {%- endfor -%}
    {%- for node in readers if node.name == name -%}
        {{- return(node) -}}
    {%- endfor -%}
    {%- set names = joining | map(attribute='name') | sort | join(', ') -%}
    {%- if name -%}
        {%- do foretell._refuse_boundary("model " ~ name ~ " does not select from " ~ view.name ~ "; these join it: [" ~ names ~ "]") -%}
    {%- elif not joining -%}
        {%- do foretell._refuse_boundary("no model joins " ~ view.name ~ " yet; add ref('" ~ view.name ~ "') to foretell.join_features in a prediction first") -%}
    {%- elif joining | length > 1 -%}
        {%- do foretell._refuse_boundary("several models join " ~ view.name ~ ": [" ~ names ~ "]; say which to test, such as --args '{view: " ~ view.name ~ ", model: " ~ joining[0].name ~ "}'") -%}
    {%- endif -%}
    {{- return(joining[0]) -}}
{%- endmacro -%}


{%- macro _refuse_boundary(found) -%}
    {{- exceptions.raise_compiler_error("foretell.write_boundary_test: " ~ found) -}}
{%- endmacro -%}
