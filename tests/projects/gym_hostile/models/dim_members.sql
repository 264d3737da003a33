select
    "Member",
    case when min(member_id) % 4 > 0
        then date '1960-02-29' + cast(min(member_id) * 37 as integer)
    end as born,
    case min(member_id) % 5
        when 0 then -0.5e0 when 1 then 1e-300 when 2 then -123456789.125e0 when 3 then 0.1e0
    end as size
from {{ ref('fct_visits') }}
group by "Member"
