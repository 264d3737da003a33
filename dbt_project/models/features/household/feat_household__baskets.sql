select
    household_id,
    basket_at,
    store_id,
    sales_usd,
    discount_usd / nullif(sales_usd + discount_usd, 0) as discount_share,
    cast(isodow(basket_date) >= 6 as integer) as is_weekend
from {{ ref('fct_baskets') }}
