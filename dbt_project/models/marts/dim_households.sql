with transactions as (
    select household_id from {{ ref('stg_complete_journey__transactions') }}
),

demographics as (
    select * from {{ ref('stg_complete_journey__demographics') }}
),

households as (
    select distinct household_id from transactions
)

select
    households.household_id,
    demographics.household_id is not null as has_demographics,
    demographics.age,
    demographics.income,
    demographics.home_ownership,
    demographics.marital_status,
    demographics.household_size,
    demographics.household_composition,
    demographics.children
from households
left join demographics on households.household_id = demographics.household_id
