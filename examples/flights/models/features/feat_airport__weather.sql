select
    airport,
    observed_at,
    temperature_f,
    wind_speed_mph,
    visibility_miles,
    precipitation_inches
from {{ ref('stg_nycflights__weather') }}
