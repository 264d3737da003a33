with source as (
    select * from {{ source('complete_journey', 'coupons') }}
),

campaigns as (
    select campaign_id from {{ ref('stg_complete_journey__campaigns') }}
),

-- The source repeats 4,872 rows word for word.
distinct_coupons as (
    select distinct
        coupon_upc,
        product_id,
        campaign_id
    from source
)

select
    distinct_coupons.coupon_upc,
    distinct_coupons.product_id,
    distinct_coupons.campaign_id
from distinct_coupons
inner join campaigns on distinct_coupons.campaign_id = campaigns.campaign_id
