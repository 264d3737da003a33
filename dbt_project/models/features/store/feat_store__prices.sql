with transactions as (
    select
        store_id,
        sold_at,
        sales_usd,
        retail_discount_usd + coupon_discount_usd + coupon_match_discount_usd as discount_usd
    from {{ ref('stg_complete_journey__transactions') }}
)

select
    store_id,
    -- a week's prices are known when it has ended
    cast(date_trunc('week', sold_at) as date) + 7 as known_from,
    cast(sum(discount_usd) as double precision)
    / nullif(sum(sales_usd + discount_usd), 0) as discount_share,
    cast(sum(sales_usd) as double precision) / count(*) as average_price_usd
from transactions
group by store_id, date_trunc('week', sold_at)
