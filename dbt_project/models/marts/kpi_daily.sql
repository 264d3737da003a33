with baskets as (
    select * from {{ ref('fct_baskets') }}
),

redemptions as (
    select redeemed_date from {{ ref('stg_complete_journey__coupon_redemptions') }}
),

days as (
    select cast(calendar.day_at as date) as date_day
    from generate_series(
        (select cast(min(baskets.basket_date) as timestamp) from baskets),
        cast({{ foretell.today() }} - 1 as timestamp),
        interval '1 day'
    ) as calendar (day_at)
),

baskets_per_day as (
    select
        basket_date as date_day,
        cast(sum(sales_usd) as double precision) as sales_usd,
        cast(sum(discount_usd) as double precision) as discount_usd,
        count(*) as baskets,
        count(distinct household_id) as active_households
    from baskets
    group by basket_date
),

redemptions_per_day as (
    select
        redeemed_date as date_day,
        count(*) as coupon_redemptions
    from redemptions
    group by redeemed_date
)

select
    days.date_day,
    coalesce(baskets_per_day.sales_usd, 0) as sales_usd,
    coalesce(baskets_per_day.baskets, 0) as baskets,
    coalesce(baskets_per_day.active_households, 0) as active_households,
    coalesce(baskets_per_day.discount_usd, 0) as discount_usd,
    baskets_per_day.sales_usd / baskets_per_day.baskets as average_basket_usd,
    baskets_per_day.discount_usd
    / nullif(baskets_per_day.sales_usd + baskets_per_day.discount_usd, 0) as discount_share,
    coalesce(redemptions_per_day.coupon_redemptions, 0) as coupon_redemptions
from days
left join baskets_per_day on days.date_day = baskets_per_day.date_day
left join redemptions_per_day on days.date_day = redemptions_per_day.date_day
