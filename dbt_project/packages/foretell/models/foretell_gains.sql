-- An as-of date is measured again when more of its outcomes are known: the newest counts.
with measured as (
    select
        *,
        dense_rank() over (
            partition by prediction, model_version, origin, as_of_date order by measured_at desc
        ) as newest_first
    from {{ foretell.seen('gains') }} as gains
    where model_version is not null
)

select
    measured.prediction,
    measured.model_version,
    measured.origin,
    measured.as_of_date,
    measured.share,
    measured.named,
    measured.row_count,
    measured.threshold,
    measured.positives,
    measured.lift,
    measured.value,
    measured.is_chosen,
    models.status as version_status
from measured
left join {{ ref('foretell_models') }} as models
    on
        measured.prediction = models.prediction
        and measured.model_version = models.model_version
where measured.newest_first = 1
