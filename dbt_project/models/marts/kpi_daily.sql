with days as (
    select cast(day_at as date) as date_day
    from range(
        (select min(basket_date) from {{ ref('fct_baskets') }}),
        {{ foretell.today() }},
        interval 1 day
    ) as calendar (day_at)
),

baskets_per_day as (
    select
        basket_date,
        sum(sales_usd) as sales_usd,
        sum(discount_usd) as discount_usd,
        count(*) as baskets,
        count(distinct household_id) as active_households
    from {{ ref('fct_baskets') }}
    group by basket_date
),

redemptions_per_day as (
    select
        redeemed_date,
        count(*) as coupon_redemptions
    from {{ ref('stg_complete_journey__coupon_redemptions') }}
    group by redeemed_date
)

select
    days.date_day,
    coalesce(baskets_per_day.sales_usd, 0) as sales_usd,
    coalesce(baskets_per_day.baskets, 0) as baskets,
    coalesce(baskets_per_day.active_households, 0) as active_households,
    baskets_per_day.sales_usd / baskets_per_day.baskets as average_basket_usd,
    baskets_per_day.discount_usd
    / (baskets_per_day.sales_usd + baskets_per_day.discount_usd) as discount_share,
    coalesce(redemptions_per_day.coupon_redemptions, 0) as coupon_redemptions
from days
left join baskets_per_day on days.date_day = baskets_per_day.basket_date
left join redemptions_per_day on days.date_day = redemptions_per_day.redeemed_date
