{{ config(materialized='prediction') }}

select
    thing_id,
    week_date,
    colour,
    size,
    cost_before,
    is_sold
from {{ ref('weekly') }}
