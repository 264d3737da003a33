with coupons as (
    select * from {{ source('complete_journey', 'coupons') }}
),

campaigns as (
    select * from {{ ref('stg_complete_journey__campaigns') }}
)

select distinct
    coupons.coupon_upc,
    coupons.product_id,
    coupons.campaign_id
from coupons
inner join campaigns on coupons.campaign_id = campaigns.campaign_id
