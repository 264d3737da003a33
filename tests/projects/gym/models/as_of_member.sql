with as_of_dates as (
    select cast(range as date) as as_of_date
    from range(date '2025-03-01', {{ foretell.today() }} + 1, interval 30 day)
)

select distinct
    visits.member_id,
    as_of_dates.as_of_date
from as_of_dates
inner join {{ ref('fct_visits') }} as visits
    on
        visits.visited_at < as_of_dates.as_of_date
        and visits.visited_at >= as_of_dates.as_of_date - interval 30 day
