select
    household_id,
    basket_at,
    store_id,
    sales_usd,
    cast(discount_usd as double precision) / nullif(sales_usd + discount_usd, 0) as discount_share,
    cast(extract(isodow from basket_date) >= 6 as integer) as is_weekend
from {{ ref('fct_baskets') }}
