-- An as-of date is measured again when more of its outcomes are known: the newest counts.
with measured as (
    select
        *,
        dense_rank() over (
            partition by prediction, model_version, origin, as_of_date order by measured_at desc
        ) as newest_first
    from {{ foretell.seen('calibration_bins') }} as calibration_bins
    where model_version is not null
)

select
    prediction,
    model_version,
    origin,
    as_of_date,
    bin,
    row_count,
    mean_score,
    positive_rate
from measured
where newest_first = 1
