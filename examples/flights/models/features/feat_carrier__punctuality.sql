select
    carrier,
    departs_at,
    known_at,
    1 - cast(is_on_time as integer) as is_late,
    arrival_delay_minutes
from {{ ref('fct_flights') }}
