-- States with several from one time, some of them ended, some known late.
select
    "Member",
    cast(visited_at as date) - cast(badge % 3 as integer) as valid_from,
    case when "select" > 20 then cast(visited_at as date) + 40 end as valid_to,
    known_at,
    case when badge % 2 = 0 then badge end as revision,
    mood as plan,
    price,
    badge,
    is_late,
    cast(visited_at as date) as since
from {{ ref('fct_visits') }}
