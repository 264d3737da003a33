with transactions as (
    select
        household_id,
        basket_id,
        sold_at,
        coupon_discount_usd + coupon_match_discount_usd as saved_usd
    from {{ ref('stg_complete_journey__transactions') }}
)

select
    household_id,
    basket_id,
    sold_at,
    sum(saved_usd) as saved_usd
from transactions
where saved_usd > 0
group by household_id, basket_id, sold_at
