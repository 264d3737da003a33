select
    flight_id,
    as_of_date,
    extract('hour' from departs_at) + extract('minute' from departs_at) / 60 as departs_hour,
    isodow(departs_at) as day_of_week,
    distance_miles,
    count(*) over (
        partition by airport
        order by departs_at
        range between interval 30 minutes preceding and interval 30 minutes following
    ) as flights_within_hour
from {{ ref('as_of_flight') }}
