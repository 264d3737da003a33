-- Rows with quantity 0 are kept: they carry sales (fees, adjustments) that belong to revenue.
with source as (
    select * from {{ source('complete_journey', 'transactions') }}
),

local_times as (
    select
        *,
        transaction_timestamp at time zone 'UTC' at time zone 'America/New_York' as sold_at
    from source
)

select
    household_id,
    basket_id,
    product_id,
    store_id,
    sold_at,
    quantity,
    sales_value as sales_usd,
    retail_disc + coupon_disc + coupon_match_disc as discount_usd
from local_times
where sold_at < {{ foretell.today() }}
