with mailings as (
    select * from {{ source('complete_journey', 'campaigns') }}
),

campaigns as (
    select * from {{ ref('stg_complete_journey__campaigns') }}
)

select
    mailings.household_id,
    mailings.campaign_id,
    campaigns.start_date as mailed_date
from mailings
inner join campaigns on mailings.campaign_id = campaigns.campaign_id
