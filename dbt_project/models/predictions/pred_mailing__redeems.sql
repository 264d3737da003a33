{{ config(materialized='prediction') }}

with spine as (    -- who was sent what, and when
    select
        mailing_id,
        household_id,
        campaign_id,
        campaign_type,
        mailed_date,
        closed_date
    from {{ ref('as_of_mailing') }}
),

redemptions as (
    select
        household_id,
        campaign_id,
        redeemed_date
    from {{ ref('stg_complete_journey__coupon_redemptions') }}
),

labelled as (    -- what became of it until the campaign ended
    select
        spine.mailing_id,
        spine.household_id,
        spine.campaign_type,
        spine.mailed_date,
        spine.closed_date,
        exists(
            select 1
            from redemptions
            where
                spine.household_id = redemptions.household_id
                and spine.campaign_id = redemptions.campaign_id
                and redemptions.redeemed_date >= spine.mailed_date
                and redemptions.redeemed_date < spine.closed_date
        ) as is_redeemed
    from spine
)

-- The rows are mailings; what is known of them is mostly known of their household.
{{ foretell.join_features('labelled', [
    ref('feat_mailing__offer'),
    ref('feat_household__mailings'),
    ref('feat_household__coupons'),
    ref('feat_household__coupon_use'),
    ref('feat_household__baskets'),
], entity='household_id') }}
