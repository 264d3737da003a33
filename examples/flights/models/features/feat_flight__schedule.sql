select
    flight_id,
    as_of_date,
    cast(extract(hour from departs_at) + extract(minute from departs_at) / 60.0 as double precision)
        as departs_hour,
    cast(extract(isodow from departs_at) as integer) as day_of_week,
    distance_miles,
    count(*) over (
        partition by airport
        order by departs_at
        range between interval '30 minutes' preceding and interval '30 minutes' following
    ) as flights_within_hour
from {{ ref('as_of_flight') }}
