with readings as (
    select
        *,
        make_timestamp(
            cast(year as integer), cast(month as integer), cast(day as integer),
            cast(hour as integer), 0, 0.0
        ) as observed_at
    from {{ source('nycflights', 'weather') }}
),

-- An hour comes twice when summer time ends.
latest as (
    select
        *,
        row_number() over (partition by origin, observed_at order by time_hour desc) as latest_first
    from readings
)

select
    origin as airport,
    observed_at,
    temp as temperature_f,
    wind_speed as wind_speed_mph,
    visib as visibility_miles,
    precip as precipitation_inches
from latest
where observed_at < {{ foretell.today() }} and latest_first = 1
