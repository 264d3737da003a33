with transactions as (
    select * from {{ ref('stg_complete_journey__transactions') }}
)

select
    basket_id,
    household_id,
    store_id,
    min(sold_at) as basket_at,
    cast(min(sold_at) as date) as basket_date,
    count(distinct product_id) as products,
    sum(quantity) as items,
    sum(sales_usd) as sales_usd,
    sum(discount_usd) as discount_usd
from transactions
group by basket_id, household_id, store_id
