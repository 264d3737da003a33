-- A table, not a view: converting 1.5 million times costs a second, and ten readers would pay it.
{{ config(materialized='table') }}

with source as (
    select * from {{ source('complete_journey', 'transactions') }}
),

renamed as (
    select
        household_id,
        basket_id,
        product_id,
        store_id,
        -- The source writes UTC without a zone; evening baskets belong to the local day.
        transaction_timestamp at time zone 'UTC' at time zone 'America/New_York' as sold_at,
        quantity,
        -- Cents, so that a sum does not depend on the order in which threads add it up.
        cast(sales_value as decimal(12, 2)) as sales_usd,
        cast(retail_disc as decimal(12, 2)) as retail_discount_usd,
        cast(coupon_disc as decimal(12, 2)) as coupon_discount_usd,
        cast(coupon_match_disc as decimal(12, 2)) as coupon_match_discount_usd
    from source
)

select * from renamed
where sold_at < {{ foretell.today() }}
