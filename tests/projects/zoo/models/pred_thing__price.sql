{{ config(materialized='prediction') }}

select
    thing_id,
    week_date,
    colour,
    size,
    cost_before,
    price
from {{ ref('weekly') }}
