with flights as (
    select
        *,
        make_timestamp(
            cast(year as integer), cast(month as integer), cast(day as integer),
            cast(hour as integer), cast(minute as integer), 0.0
        ) as departs_at
    from {{ source('nycflights', 'flights') }}
),

planes as (
    select * from {{ source('nycflights', 'planes') }}
),

airlines as (
    select * from {{ source('nycflights', 'airlines') }}
),

scheduled as (
    select
        flights.carrier || flights.flight || '-' || flights.origin || '-'
        || cast(cast(flights.departs_at as date) as varchar) || '-'
        || lpad(cast(flights.hour as varchar), 2, '0')
        || lpad(cast(flights.minute as varchar), 2, '0') as flight_id,
        flights.departs_at,
        cast(flights.departs_at as date) as flight_date,
        flights.carrier || ' ' || flights.flight as flight_number,
        regexp_replace(airlines.name, ' (Inc\.|Co\.|Corporation)$', '') as carrier,
        flights.origin as airport,
        flights.dest as destination,
        flights.origin || '-' || flights.dest as route,
        flights.distance as distance_miles,
        flights.departs_at + interval '1 minute' * case
            when flights.dep_delay is null then 0
            else flights.dep_delay + coalesce(flights.air_time + 60, 720)
        end as known_at,
        coalesce(flights.arr_delay < 15, false) as is_on_time,
        flights.arr_delay as arrival_delay_minutes,
        -- Which plane comes is decided on the day: its age is a fact of the past only.
        flights.year - planes.year as plane_age_years
    from flights
    inner join airlines on flights.carrier = airlines.carrier
    left join planes on flights.tailnum = planes.tailnum
),

by_today as (
    select
        *,
        known_at < {{ foretell.today() }} as is_known
    from scheduled
    where flight_date <= {{ foretell.today() }}
)

select
    flight_id,
    departs_at,
    flight_date,
    flight_number,
    carrier,
    airport,
    destination,
    route,
    distance_miles,
    case when is_known then known_at end as known_at,
    case when is_known then is_on_time end as is_on_time,
    case when is_known then arrival_delay_minutes end as arrival_delay_minutes,
    case when is_known then plane_age_years end as plane_age_years
from by_today
