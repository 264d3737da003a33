-- The first 28 days are history only; so are the other two airports, to keep the example quick.
select
    flight_id,
    flight_date as as_of_date,
    departs_at,
    flight_number,
    carrier,
    airport,
    destination,
    route,
    distance_miles
from {{ ref('stg_nycflights__flights') }}
where flight_date >= date '2013-01-29' and airport = 'LGA'
