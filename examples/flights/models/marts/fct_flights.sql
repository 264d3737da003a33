select
    flight_id,
    departs_at,
    flight_date,
    known_at,
    flight_number,
    carrier,
    airport,
    destination,
    route,
    distance_miles,
    is_on_time,
    arrival_delay_minutes,
    plane_age_years
from {{ ref('stg_nycflights__flights') }}
where known_at is not null
