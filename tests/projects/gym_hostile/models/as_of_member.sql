-- Ends of months, half an hour before midnight.
with months as (
    select cast(series.month as date) - 1 as month_end
    from generate_series(
        timestamp '2025-03-01', cast({{ foretell.today() }} as timestamp), interval '1 month'
    ) as series (month)
),

as_of_times as (
    select cast(month_end as timestamp) + interval '23 hours 30 minutes' as "As of"
    from months
)

select distinct
    visits."Member",
    as_of_times."As of"
from as_of_times
inner join {{ ref('fct_visits') }} as visits
    on
        visits.visited_at < as_of_times."As of"
        and visits.visited_at >= as_of_times."As of" - interval '30 days'
