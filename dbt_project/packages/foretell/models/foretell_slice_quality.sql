-- Of several measurements of one slice, as-of date and version, the newest counts.
with measured as (
    select
        *,
        row_number() over (
            partition by prediction, as_of_date, model_version, origin, slice, metric
            order by today desc, row_count desc
        ) as newest_first
    from {{ foretell.seen('metrics') }} as metrics
    -- the folds of a flat table are no slices of it
    where model_version is not null and slice like '% = %'
),

widened as (
    select
        prediction,
        as_of_date,
        model_version,
        origin,
        slice,
        max(row_count) as row_count,
        max(case when metric = 'roc_auc' then value end) as roc_auc,
        max(case when metric = 'log_loss' then value end) as log_loss,
        max(case when metric = 'calibration_error' then value end) as calibration_error,
        max(case when metric = 'accuracy' then value end) as accuracy,
        max(case when metric = 'mae' then value end) as mae,
        max(case when metric = 'rmse' then value end) as rmse
    from measured
    where newest_first = 1
    group by prediction, as_of_date, model_version, origin, slice
)

select
    widened.*,
    models.status as version_status
from widened
left join {{ ref('foretell_models') }} as models
    on
        widened.prediction = models.prediction
        and widened.model_version = models.model_version
