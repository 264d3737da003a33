with mailings as (
    select
        household_id,
        campaign_id,
        mailed_date
    from {{ ref('stg_complete_journey__mailings') }}
),

campaigns as (
    select
        campaign_id,
        campaign_type,
        end_date
    from {{ ref('stg_complete_journey__campaigns') }}
)

select
    mailings.household_id,
    mailings.mailed_date,
    campaigns.end_date,
    campaigns.campaign_type = 'Type A' as is_personal,
    campaigns.end_date - mailings.mailed_date as length_days
from mailings
inner join campaigns on mailings.campaign_id = campaigns.campaign_id
