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
    prediction,
    model_version,
    origin,
    as_of_date,
    share,
    named,
    row_count,
    threshold,
    positives,
    lift,
    value,
    is_chosen
from measured
where newest_first = 1
