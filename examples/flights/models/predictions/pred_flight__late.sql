{{ config(materialized='prediction') }}

with spine as (    -- which flight, and as of when
    select
        flight_id,
        as_of_date,
        flight_number,
        carrier,
        airport,
        destination,
        route
    from {{ ref('as_of_flight') }}
),

outcomes as (
    select
        flight_id,
        is_on_time
    from {{ ref('fct_flights') }}
),

labelled as (    -- what became of it: a flight of which nothing was heard is not on time
    select
        spine.flight_id,
        spine.as_of_date,
        spine.flight_number,
        spine.carrier,
        spine.airport,
        spine.destination,
        spine.route,
        not coalesce(outcomes.is_on_time, false) as ran_late
    from spine
    left join outcomes on spine.flight_id = outcomes.flight_id
)

{{ foretell.join_features('labelled', [
    ref('feat_flight__schedule'),
    ref('feat_carrier__punctuality'),
    ref('feat_airport__punctuality'),
    ref('feat_destination__punctuality'),
    ref('feat_route__punctuality'),
    ref('feat_flight_number__plane'),
    ref('feat_airport__weather'),
]) }}
