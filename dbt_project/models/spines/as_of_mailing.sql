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
    mailings.household_id || '-' || mailings.campaign_id as mailing_id,
    mailings.household_id,
    mailings.campaign_id,
    campaigns.campaign_type,
    mailings.mailed_date,
    -- its last day counts, so what became of it is known from the day after on
    campaigns.end_date + 1 as closed_date
from mailings
inner join campaigns on mailings.campaign_id = campaigns.campaign_id
-- Redemptions are recorded from 2017 on: of campaigns that began before, some are missing.
where mailings.mailed_date >= date '2017-01-01'
