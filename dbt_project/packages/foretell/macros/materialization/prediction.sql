{#- A prediction: the model's SQL is its training query, `config.meta.prediction` its policy.
    Two Python steps: the first does all that no reader sees, the second publishes. -#}
{%- materialization prediction, default, supported_languages=['sql'] -%}

    {%- set target_relation = this.incorporate(type='view') -%}
    {%- set grant_config = config.get('grants') -%}
    {%- if config.get('contract').enforced -%}
        {#- dbt checks contracts of its own materializations alone: a wrong one would pass here. -#}
        {%- do exceptions.raise_compiler_error(
            model.name ~ ': an enforced contract is not checked for predictions yet, and so it is '
            ~ 'refused. Remove `contract: {enforced: true}`.'
        ) -%}
    {%- endif -%}

    {%- do foretell._require_engine() -%}
    {%- do foretell._refuse_namesake() -%}

    {%- if foretell._question() -%}
        {#- A command asks the node something: nothing is built, and no hook runs. -#}
        {%- do foretell._settle() -%}
        {%- call statement('main', language='python') -%}
            {{- foretell._python(
                'answer_node', {
                    'adapter': target.type,
                    'request': tojson(foretell._request(target_relation)),
                    'question': foretell._question(),
                }
            ) -}}
        {%- endcall -%}
        {%- set answered = foretell._verdict() -%}
        {%- if answered.status == 'refused' -%}
            {%- do exceptions.raise_compiler_error(answered.message) -%}
        {%- endif -%}
        {%- do store_raw_result('main', message=answered.message, code='ANSWER', rows_affected='0') -%}
        {%- do foretell._settle() -%}
        {{- return({'relations': []}) -}}
    {%- endif -%}

    {{- run_hooks(pre_hooks, inside_transaction=False) -}}
    {{- run_hooks(pre_hooks, inside_transaction=True) -}}
    {#- Other cursors cannot see what an open transaction staged. -#}
    {%- do foretell._settle() -%}

    {%- set keeps_nothing = foretell._keeps_nothing() -%}
    {%- do foretell._refuse_foreign_relation(target_relation) -%}
    {%- set request = foretell._request(target_relation) -%}
    {#- dbt lets Python run from a materialization alone, not from a macro that it calls. -#}
    {%- if keeps_nothing -%}
        {%- call statement('main', language='python') -%}
            {{- foretell._python(
                'check_node', {'adapter': target.type, 'request': tojson(request)}, module='check'
            ) -}}
        {%- endcall -%}
        {%- set checked = foretell._verdict() -%}
        {%- if checked.status == 'refused' -%}
            {%- do exceptions.raise_compiler_error(checked.message) -%}
        {%- endif -%}
        {%- if load_cached_relation(this) is none -%}
            {%- do foretell._make_stand_in(checked.message) -%}
        {%- endif -%}
        {%- do store_raw_result(
            'main', message=keeps_nothing ~ ': checked, nothing kept', code='CHECKED', rows_affected='0'
        ) -%}
    {%- else -%}
        {%- call statement('main', language='python') -%}
            {{- foretell._python(
                'judge_node', {'adapter': target.type, 'request': tojson(request)}
            ) -}}
        {%- endcall -%}
        {%- set judged = foretell._verdict() -%}
        {%- if judged.status == 'refused' -%}
            {%- do exceptions.raise_compiler_error(judged.message) -%}
        {%- endif -%}
        {%- call statement('publish', language='python') -%}
            {{- foretell._python(
                'publish_node', {'adapter': target.type, 'request': tojson(request)}
            ) -}}
        {%- endcall -%}
        {%- set published = foretell._verdict() -%}
        {%- if published.status == 'refused' -%}
            {%- do exceptions.raise_compiler_error(published.message) -%}
        {%- endif -%}
        {%- for warning in published.warnings.split('\n') if warning -%}
            {%- do exceptions.warn(model.name ~ ': ' ~ warning) -%}
        {%- endfor -%}
        {%- do store_raw_result(
            'main', message=published.message, code='PREDICTION', rows_affected='0'
        ) -%}
    {%- endif -%}

    {{- run_hooks(post_hooks, inside_transaction=True) -}}
    {%- if not keeps_nothing and load_relation(this) is not none -%}
        {%- do apply_grants(target_relation, grant_config, should_revoke=false) -%}
        {%- set shown = foretell.show_to_reader() -%}
        {%- if shown | trim -%}{%- do run_query(shown) -%}{%- endif -%}
        {%- do persist_docs(target_relation, model) -%}
    {%- endif -%}
    {%- do foretell._settle() -%}
    {{- run_hooks(post_hooks, inside_transaction=False) -}}

    {{- return({'relations': [target_relation]}) -}}

{%- endmaterialization -%}


{#- The whole Python of a prediction inside dbt: everything else is in the package. -#}
{%- macro _python(step, arguments, module='dbt_node') -%}
import json

from foretell.{{ module }} import {{ step }}


class dbtObj:
    def __init__(self, load):
        pass


def model(dbt, session):
    {{ step }}(session, **json.loads({{ tojson(tojson(arguments)) }}))


def materialize(frame, session):
    pass
{%- endmacro -%}


{#- What the step before left: one row on this connection. -#}
{%- macro _verdict() -%}
    {%- set row = run_query('select status, message, warnings from foretell_verdict').rows[0] -%}
    {{- return({'status': row[0], 'message': row[1], 'warnings': row[2] or ''}) -}}
{%- endmacro -%}


{#- Where a run keeps nothing and there is no prediction yet: a view without rows stands in for it,
    so that what is downstream can be checked too. The first real build replaces it. Its columns are
    those of python_models/foretell/published.py. -#}
{%- macro _make_stand_in(no_rows) -%}
    {%- call statement('stand_in') -%}
        create view {{ this }} as
        {{ no_rows }}
    {%- endcall -%}
{%- endmacro -%}


{#- The stores know a prediction by its model's name: dbt's versions of one model, or models of two
    packages, would share a history, a champion and a suite. -#}
{%- macro _refuse_namesake() -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.unique_id != model.unique_id -%}
        {%- if node.name | lower == model.name | lower and node.config.get('materialized') == 'prediction' -%}
            {%- do exceptions.raise_compiler_error(
                [model.unique_id, node.unique_id] | sort | join(' and ') ~ ' are two predictions of one '
                ~ 'name, and foretell keeps scores and champions by name: they would share them. Give '
                ~ 'each a model of its own, such as ' ~ model.name ~ '_next instead of a second entry '
                ~ 'under `versions:`, or disable one.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro -%}


{#- What dbt made under this name before was not a prediction: it is not ours to replace. -#}
{%- macro _refuse_foreign_relation(target_relation) -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set history = adapter.get_relation(
        target_relation.database, foretell.stores_schema(), model.name ~ '__history'
    ) -%}
    {%- set ours = false -%}
    {%- if existing is not none and existing.type == 'view' -%}
        {%- set columns = adapter.get_columns_in_relation(existing) | map(attribute='name') | list -%}
        {#- Without a history it is the stand-in that a check made, or somebody else's. -#}
        {%- set ours = history is not none or ('model_version' in columns and 'is_latest' in columns) -%}
    {%- endif -%}
    {%- if existing is not none and not ours -%}
        {%- do exceptions.raise_compiler_error(
            target_relation ~ ' already exists as a ' ~ existing.type ~ ' that no prediction made. '
            ~ 'Give the prediction another name, or drop that ' ~ existing.type ~ ' first.'
        ) -%}
    {%- endif -%}
{%- endmacro -%}
