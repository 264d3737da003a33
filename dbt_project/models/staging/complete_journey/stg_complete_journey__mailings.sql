with source as (
    select * from {{ source('complete_journey', 'campaigns') }}
),

campaigns as (
    select
        campaign_id,
        start_date
    from {{ ref('stg_complete_journey__campaigns') }}
)

select
    source.household_id,
    source.campaign_id,
    campaigns.start_date as mailed_date
from source
inner join campaigns on source.campaign_id = campaigns.campaign_id
