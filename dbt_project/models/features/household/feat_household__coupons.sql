with spine as (
    select
        household_id,
        as_of_date
    from {{ ref('as_of_household') }}
),

redemptions as (
    select
        household_id,
        redeemed_date
    from {{ ref('stg_complete_journey__coupon_redemptions') }}
),

mailings as (
    select
        mailings.household_id,
        mailings.mailed_date,
        campaigns.end_date
    from {{ ref('stg_complete_journey__mailings') }} as mailings
    inner join {{ ref('stg_complete_journey__campaigns') }} as campaigns
        on mailings.campaign_id = campaigns.campaign_id
),

redemptions_before as (
    select
        spine.household_id,
        spine.as_of_date,
        count(*) filter (
            where redemptions.redeemed_date >= spine.as_of_date - interval 28 day
        ) as redeemed_28d,
        count(*) filter (
            where redemptions.redeemed_date >= spine.as_of_date - interval 56 day
        ) as redeemed_56d
    from spine
    inner join redemptions
        on
            spine.household_id = redemptions.household_id
            and spine.as_of_date > redemptions.redeemed_date
    group by spine.household_id, spine.as_of_date
),

campaigns_before as (
    select
        spine.household_id,
        spine.as_of_date,
        count(*) filter (
            where mailings.mailed_date >= spine.as_of_date - interval 56 day
        ) as campaigns_56d,
        count(*) filter (where mailings.end_date >= spine.as_of_date) as campaigns_running,
        min(date_diff('day', mailings.mailed_date, spine.as_of_date)) as days_since_mailed
    from spine
    inner join mailings
        on
            spine.household_id = mailings.household_id
            and spine.as_of_date > mailings.mailed_date
    group by spine.household_id, spine.as_of_date
)

select
    spine.household_id,
    spine.as_of_date,
    coalesce(redemptions_before.redeemed_28d, 0) as redeemed_28d,
    coalesce(redemptions_before.redeemed_56d, 0) as redeemed_56d,
    coalesce(campaigns_before.campaigns_56d, 0) as campaigns_56d,
    coalesce(campaigns_before.campaigns_running, 0) as campaigns_running,
    campaigns_before.days_since_mailed
from spine
left join redemptions_before
    on
        spine.household_id = redemptions_before.household_id
        and spine.as_of_date = redemptions_before.as_of_date
left join campaigns_before
    on
        spine.household_id = campaigns_before.household_id
        and spine.as_of_date = campaigns_before.as_of_date
