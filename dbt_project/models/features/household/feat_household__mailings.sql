with mailings as (
    select
        household_id,
        campaign_id,
        closed_date - 1 as end_date
    from {{ ref('as_of_mailing') }}
    -- what became of a mailing that still runs is not known yet
    where closed_date <= {{ foretell.today() }}
),

redemptions as (
    select
        household_id,
        campaign_id,
        count(*) as coupons
    from {{ ref('stg_complete_journey__coupon_redemptions') }}
    group by household_id, campaign_id
)

select
    mailings.household_id,
    mailings.campaign_id,
    mailings.end_date,
    coalesce(redemptions.coupons, 0) as coupons,
    cast(redemptions.coupons is not null as integer) as is_redeemed
from mailings
left join redemptions
    on
        mailings.household_id = redemptions.household_id
        and mailings.campaign_id = redemptions.campaign_id
