{#- Private to the materialization `prediction`: what the engine needs to know of this run. -#}
{%- macro _request(target_relation) -%}
    {%- set patch = (model.get('patch_path') or model.original_file_path).split('://')[-1] -%}
    {{- return({
        'prediction': model.name,
        'file': patch,
        'folder': flags.PROJECT_DIR or '.',
        'description': model.description,
        'declared': (model.config.get('meta') or {}).get('prediction'),
        'sql': compiled_code,
        'adapter': target.type,
        'relation': {
            'database': target_relation.database,
            'schema': target_relation.schema,
            'name': target_relation.identifier,
        },
        'stores': {'database': target_relation.database, 'schema': foretell.stores_schema()},
        'today': foretell._now(),
        'invocation_id': invocation_id,
        'suite': foretell._folder('foretell_expectations', 'expectations') ~ '/' ~ model.name ~ '.yml',
        'modules': foretell._folder('foretell_python_models', 'python_models'),
        'views': foretell._views_for_engine(),
        'event_times': foretell._event_times(),
        'column_tags': foretell._column_tags(),
        'column_descriptions': foretell._column_descriptions(),
        'train': foretell._asked('foretell_train'),
        'full_refresh': should_full_refresh(),
        'reset': foretell._asked('foretell_reset'),
        'gates': foretell._gates_run(),
        'train_seconds': var('foretell_train_seconds', env_var('FORETELL_TRAIN_SECONDS', '600')),
        'target_user': target.get('user'),
        'logs': flags.LOG_PATH or 'logs',
        'champion_from': foretell._champion_from(target_relation.database),
    }) -}}
{%- endmacro -%}


{#- Private: what the prediction's own YAML says of the training query's columns, by name. -#}
{%- macro _column_descriptions() -%}
    {%- set found = {} -%}
    {%- for name, column in (model.columns or {}).items() if column.get('description') -%}
        {%- do found.update({name: column.description}) -%}
    {%- endfor -%}
    {{- return(found) -}}
{%- endmacro -%}


{#- Private: the stores that the champion is borrowed from in this target, if it is. The var is a
    place, or says it by target: `foretell_champion_from: {dev: prod.analytics_foretell}`. -#}
{%- macro _champion_from(database) -%}
    {%- set said = var('foretell_champion_from', none) or env_var('FORETELL_CHAMPION_FROM', '') -%}
    {%- if said is mapping -%}{%- set said = said.get(target.name) -%}{%- endif -%}
    {%- if not said -%}{{- return(none) -}}{%- endif -%}
    {%- set parts = (said | string).split('.') -%}
    {%- if parts | length > 2 or '' in parts -%}
        {{- exceptions.raise_compiler_error(
            'foretell_champion_from is ' ~ said ~ '; it must be the schema of the stores of another '
            ~ 'target, such as analytics_foretell or prod.analytics_foretell'
        ) -}}
    {%- endif -%}
    {{- return({'database': parts[0] if parts | length == 2 else database, 'schema': parts[-1]}) -}}
{%- endmacro -%}


{#- A yes or no that a run asks for: a var, or the environment variable of the same name. -#}
{%- macro _asked(name) -%}
    {{- return(var(name, false) or env_var(name | upper, 'false') | lower == 'true') -}}
{%- endmacro -%}


{#- Whether gates run: the var foretell_gates, or the environment variable FORETELL_GATES. -#}
{%- macro _gates_run() -%}
    {%- set said = var('foretell_gates', env_var('FORETELL_GATES', 'true')) -%}
    {{- return((said | string | lower) not in ('false', 'off', 'no', '0')) -}}
{%- endmacro -%}


{#- Why a run checks and keeps nothing, in a word that its nodes print; none where it keeps what it
    makes. With --empty dbt gives models no rows, with --sample only some, and neither may train a
    champion, be scored, or be published. Jinja's `flags` do not have the latter; `dbt retry` and
    the environment variables DBT_EMPTY and DBT_SAMPLE show in both places. -#}
{%- macro _keeps_nothing() -%}
    {%- if flags.EMPTY -%}
        {{- return('empty') -}}
    {%- elif invocation_args_dict.get('sample') -%}
        {{- return('sampled') -}}
    {%- endif -%}
    {{- return(none) -}}
{%- endmacro -%}


{#- What a command such as `foretell plan` asks a prediction's node instead of a build, as JSON
    (questions/asked.py reads it); empty in a build. -#}
{%- macro _question() -%}
    {{- return(env_var('FORETELL_ASK', '')) -}}
{%- endmacro -%}


{#- A resource folder: a var relative to dbt_project.yml. -#}
{%- macro _folder(name, default) -%}
    {{- return((flags.PROJECT_DIR or '.') ~ '/' ~ var(name, default)) -}}
{%- endmacro -%}
