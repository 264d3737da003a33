with readings as (
    select
        *,
        make_timestamp(year, month, day, hour, 0, 0.0) as observed_at
    from {{ source('nycflights', 'weather') }}
)

select
    origin as airport,
    observed_at,
    temp as temperature_f,
    wind_speed as wind_speed_mph,
    visib as visibility_miles,
    precip as precipitation_inches
from readings
where observed_at < {{ foretell.today() }}
-- An hour comes twice when summer time ends.
qualify row_number() over (partition by origin, observed_at order by time_hour desc) = 1
