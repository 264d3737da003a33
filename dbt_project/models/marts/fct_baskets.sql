with transactions as (
    select * from {{ ref('stg_complete_journey__transactions') }}
)

select
    basket_id,
    household_id,
    store_id,
    sold_at as basket_at,
    cast(sold_at as date) as basket_date,
    count(*) as products,
    sum(quantity) as items,
    sum(sales_usd) as sales_usd,
    sum(retail_discount_usd + coupon_discount_usd + coupon_match_discount_usd) as discount_usd
from transactions
group by basket_id, household_id, store_id, sold_at
