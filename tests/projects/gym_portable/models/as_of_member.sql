with as_of_dates as (
    select cast(series.day as date) as as_of_date
    from generate_series(
        timestamp '2025-03-01', cast({{ foretell.today() }} as timestamp), interval '30 days'
    ) as series (day)
)

select distinct
    visits.member_id,
    as_of_dates.as_of_date
from as_of_dates
inner join {{ ref('fct_visits') }} as visits
    on
        visits.visited_at < as_of_dates.as_of_date
        and visits.visited_at >= as_of_dates.as_of_date - interval '30 days'
