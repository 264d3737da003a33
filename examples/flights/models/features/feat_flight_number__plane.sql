select
    flight_number,
    departs_at,
    known_at,
    plane_age_years as age_years
from {{ ref('fct_flights') }}
where plane_age_years is not null
