{#- Private to foretell.make_stores: the append-only tables and their columns, each named
    foretell_store_<name>. The reference of each column is models/_store_views.yml. -#}
{%- macro _stores() -%}
    {{- return(adapter.dispatch('_stores', 'foretell')()) -}}
{%- endmacro -%}


{%- macro default___stores() -%}
    {%- set text, int, number = 'varchar', 'integer', 'double precision' -%}
    {%- set bytes = 'bytea' if target.type == 'postgres' else 'blob' -%}
    {{- return({
        'model_versions': {
            'run_id': text, 'prediction': text, 'version': int, 'created_at': 'timestamp',
            'today': 'date', 'recipe': text, 'spec_fingerprint': text, 'query_fingerprint': text,
            'features_fingerprint': text, 'data_fingerprint': text, 'trained_from': 'timestamp',
            'trained_until': 'timestamp', 'trained_rows': 'bigint', 'seed': 'bigint',
            'metrics': text, 'reference': text, 'libraries': text, 'sha256': text,
            'artifact': bytes, 'serving_form': text, 'definitions': text, 'task': text,
            'candidate': text, 'metric': text, 'score_is': text,
        },
        'model_signatures': {
            'run_id': text, 'prediction': text, 'version': int, 'signature': text,
            'signed_at': 'timestamp', 'today': 'date',
        },
        'model_cards': {
            'run_id': text, 'prediction': text, 'version': int, 'position': int,
            'section': text, 'sentence': text, 'today': 'date',
        },
        'model_events': {
            'run_id': text, 'prediction': text, 'version': int, 'event': text,
            'happened_at': 'timestamp', 'today': 'date', 'message': text,
        },
        'metrics': {
            'run_id': text, 'prediction': text, 'model_version': int, 'recipe': text,
            'origin': text, 'as_of_date': 'date', 'slice': text, 'metric': text, 'value': number,
            'value_lower': number, 'value_upper': number, 'row_count': 'bigint', 'note': text,
            'today': 'date',
        },
        'gains': {
            'run_id': text, 'prediction': text, 'model_version': int, 'origin': text,
            'as_of_date': 'date', 'today': 'date', 'measured_at': 'timestamp', 'share': number, 'row_count': 'bigint',
            'named': 'bigint', 'threshold': number, 'positives': 'bigint', 'lift': number,
            'value': number, 'is_chosen': 'boolean',
        },
        'calibration_bins': {
            'run_id': text, 'prediction': text, 'model_version': int, 'origin': text,
            'as_of_date': 'date', 'today': 'date', 'measured_at': 'timestamp', 'bin': int, 'row_count': 'bigint',
            'mean_score': number, 'positive_rate': number,
        },
        'feature_statistics': {
            'run_id': text, 'prediction': text, 'model_version': int, 'today': 'date',
            'feature': text, 'statistic': text, 'value': number, 'reference_rows': 'bigint',
            'current_rows': 'bigint', 'usual': number,
        },
        'features': {
            'run_id': text, 'prediction': text, 'today': 'date', 'recorded_at': 'timestamp',
            'feature': text, 'feature_view': text, 'kind': text, 'entity': text, 'owner': text,
            'description': text, 'definition_fingerprint': text,
        },
        'feature_views': {
            'run_id': text, 'prediction': text, 'today': 'date', 'recorded_at': 'timestamp',
            'feature_view': text, 'definition_fingerprint': text, 'settled_before': 'timestamp',
            'fingerprint': text,
        },
        'feature_worth': {
            'run_id': text, 'prediction': text, 'model_version': int, 'recipe': text,
            'today': 'date', 'measured_at': 'timestamp', 'scope': text, 'name': text,
            'feature_view': text, 'cluster': text, 'metric': text, 'importance': number,
            'worth': number, 'worth_lower': number, 'worth_upper': number, 'verdict': text,
            'row_count': 'bigint',
        },
        'feature_findings': {
            'run_id': text, 'prediction': text, 'today': 'date', 'found_at': 'timestamp',
            'feature': text, 'feature_view': text, 'finding': text, 'severity': text,
            'value': number, 'message': text,
        },
        'validation_results': {
            'run_id': text, 'invocation_id': text, 'prediction': text, 'model_version': int,
            'stage': text, 'expectation': text, 'column_name': text, 'severity': text,
            'status': text, 'observed': text, 'expected': text, 'unexpected_percent': number,
            'description': text, 'seconds': number, 'today': 'date', 'ran_at': 'timestamp',
            'said_by': text, 'sample_keys': text,
        },
        'learned_expectations': {
            'run_id': text, 'prediction': text, 'model_version': int, 'learned_at': 'timestamp',
            'today': 'date', 'why': text, 'position': int, 'row_choice': text,
            'expectation': text, 'column_name': text, 'kwargs': text, 'severity': text,
            'description': text, 'definition': text,
        },
        'runs': {
            'run_id': text, 'invocation_id': text, 'prediction': text, 'today': 'date',
            'started_at': 'timestamp', 'finished_at': 'timestamp', 'status': text,
            'decision': text, 'is_trained': 'boolean', 'model_version': int, 'scored': 'bigint',
            'warnings': int, 'message': text, 'seconds': number, 'learnt_from': text,
            'input_gate': text, 'output_gate': text, 'quarantined': 'bigint',
            'max_age_days': number, 'max_drop': number, 'max_miscalibration': number,
            'step': text, 'started_by': text, 'git_commit': text, 'cpu_seconds': number,
            'peak_memory_mb': number, 'cost': text,
            'stands_at': 'timestamp', 'known_until': 'timestamp',
        },
    }) -}}
{%- endmacro -%}
