with spine as (
    select
        household_id,
        as_of_date
    from {{ ref('as_of_household') }}
),

baskets as (
    select
        *,
        date_diff(
            'second',
            lag(basket_at) over (partition by household_id order by basket_at, basket_id),
            basket_at
        ) / 86400.0 as gap_days
    from {{ ref('fct_baskets') }}
),

baskets_before as (
    select
        spine.household_id,
        spine.as_of_date,
        baskets.basket_date,
        baskets.store_id,
        baskets.sales_usd,
        baskets.discount_usd,
        baskets.gap_days,
        date_diff('second', baskets.basket_at, cast(spine.as_of_date as timestamp)) / 86400.0
            as days_before
    from spine
    inner join baskets
        on
            spine.household_id = baskets.household_id
            and spine.as_of_date > baskets.basket_at
),

per_household as (
    select
        household_id,
        as_of_date,
        count(*) filter (where days_before <= 7) as count_7d,
        count(*) filter (where days_before <= 28) as count_28d,
        count(*) filter (where days_before <= 56) as count_56d,
        count(distinct ceil(days_before / 7)) filter (where days_before <= 56)
            as active_weeks_56d,
        count(distinct ceil(days_before / 7)) as active_weeks,
        coalesce(sum(sales_usd) filter (where days_before <= 28), 0) as spend_28d_usd,
        coalesce(sum(sales_usd) filter (where days_before <= 56), 0) as spend_56d_usd,
        coalesce(sum(discount_usd) filter (where days_before <= 56), 0) as discount_56d_usd,
        count(distinct store_id) filter (where days_before <= 56) as stores_56d,
        count(*) filter (where days_before <= 56 and isodow(basket_date) >= 6) as weekend_count_56d,
        min(days_before) as days_since_last,
        max(days_before) as tenure_days,
        -- rounded, because the last digits depend on the order in which threads add up
        round(avg(gap_days), 6) as average_gap_days,
        round(stddev_samp(gap_days), 6) as deviation_gap_days,
        max(gap_days) as longest_gap_days,
        round(sum(greatest(gap_days - 14, 0)), 6) as idle_days
    from baskets_before
    group by household_id, as_of_date
)

select
    household_id,
    as_of_date,
    count_7d,
    count_28d,
    count_56d,
    2 * count_28d - count_56d as trend_28d,
    active_weeks_56d,
    active_weeks / ceil(tenure_days / 7) as active_weeks_share,
    cast(spend_28d_usd as double) as spend_28d_usd,
    cast(spend_56d_usd as double) as spend_56d_usd,
    spend_56d_usd / count_56d as average_basket_56d_usd,
    discount_56d_usd / nullif(spend_56d_usd + discount_56d_usd, 0) as discount_share_56d,
    weekend_count_56d / count_56d as weekend_share_56d,
    stores_56d,
    days_since_last,
    average_gap_days,
    deviation_gap_days,
    longest_gap_days,
    -- two tills within a minute make a tiny gap; past ten usual gaps, more says nothing more
    least(days_since_last / nullif(average_gap_days, 0), 10) as gap_elapsed_ratio,
    idle_days / tenure_days as idle_share
from per_household
