select
    spine.member_id,
    spine.as_of_date,
    count(*) filter (where visits.visited_at >= spine.as_of_date - interval '30 days') as count_30d,
    spine.as_of_date - cast(max(visits.visited_at) as date) as days_since_last,
    avg(visits.minutes) as "select",
    -- a feature of each type that databases treat otherwise
    count(*) filter (where visits.visited_at >= spine.as_of_date - interval '30 days') > 8
        as is_regular,
    case when max(visits.minutes) > 70 then 'Long' when max(visits.minutes) > 60 then 'über' end
        as habit,
    cast(max(visits.visited_at) as date) as last_day,
    cast(avg(visits.minutes) as decimal(10, 2)) as mean_minutes
from {{ ref('as_of_member') }} as spine
inner join {{ ref('fct_visits') }} as visits
    on
        spine.member_id = visits.member_id
        and visits.visited_at < spine.as_of_date
group by spine.member_id, spine.as_of_date
