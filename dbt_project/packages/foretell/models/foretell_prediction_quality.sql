-- Of several measurements of one as-of date and version, the newest counts.
with measured as (
    select
        *,
        row_number() over (
            partition by prediction, as_of_date, model_version, origin, slice, metric
            order by today desc, row_count desc
        ) as newest_first
    from {{ foretell.seen('metrics') }} as metrics
    where model_version is not null and slice = 'all'
),

versions as (
    select
        prediction,
        version,
        coalesce(task, 'binary') as task,
        candidate,
        -- the one figure that people know of a task
        case
            when task = 'multiclass' then 'accuracy'
            when task = 'regression' then metric
            else 'roc_auc'
        end as metric
    from {{ foretell.seen('model_versions') }} as model_versions
),

widened as (
    select
        prediction,
        as_of_date,
        model_version,
        origin,
        max(row_count) as row_count,
        cast(max(case when metric = 'positives' then value end) as bigint) as positives,
        cast(max(case when metric = 'named' then value end) as bigint) as named,
        cast(max(case when metric = 'named_positives' then value end) as bigint)
            as named_positives,
        max(case when metric = 'lift' then value end) as lift,
        max(case when metric = 'value' then value end) as value,
        max(case when metric = 'roc_auc' then value end) as roc_auc,
        max(case when metric = 'brier' then value end) as brier,
        max(case when metric = 'average_precision' then value end) as average_precision,
        max(case when metric = 'log_loss' then value end) as log_loss,
        max(case when metric = 'calibration_error' then value end) as calibration_error,
        max(case when metric = 'drop_by_chance' then value end) as drop_by_chance,
        max(case when metric = 'miscalibration' then value end) as miscalibration,
        max(case when metric = 'miscalibration_by_chance' then value end)
            as miscalibration_by_chance,
        max(case when metric = 'accuracy' then value end) as accuracy,
        max(case when metric = 'mae' then value end) as mae,
        max(case when metric = 'rmse' then value end) as rmse,
        max(case when metric = 'bias' then value end) as bias,
        max(case when metric = 'coverage_90' then value end) as coverage_90,
        max(case when metric = 'rule_roc_auc' then value end) as rule_roc_auc,
        max(case when metric = 'rule_accuracy' then value end) as rule_accuracy,
        max(case when metric = 'rule_mae' then value end) as rule_mae,
        max(case when metric = 'rule_rmse' then value end) as rule_rmse,
        max(note) as sentence
    from measured
    where newest_first = 1
    group by prediction, as_of_date, model_version, origin
)

select
    widened.*,
    versions.task,
    versions.candidate,
    versions.metric,
    models.status as version_status,
    case versions.metric
        when 'accuracy' then widened.accuracy
        when 'mae' then widened.mae
        when 'rmse' then widened.rmse
        else widened.roc_auc
    end as metric_value,
    case versions.metric
        when 'accuracy' then widened.rule_accuracy
        when 'mae' then widened.rule_mae
        when 'rmse' then widened.rule_rmse
        else widened.rule_roc_auc
    end as rule_value
from widened
inner join versions
    on
        widened.prediction = versions.prediction
        and widened.model_version = versions.version
inner join {{ ref('foretell_models') }} as models
    on
        widened.prediction = models.prediction
        and widened.model_version = models.model_version
