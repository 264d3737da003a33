with spine as (
    select
        household_id,
        as_of_date
    from {{ ref('as_of_household') }}
),

baskets as (
    select
        household_id,
        basket_at,
        store_id,
        sales_usd,
        discount_usd,
        date_diff(
            'second',
            lag(basket_at) over (partition by household_id order by basket_at),
            basket_at
        ) / 86400.0 as gap_days
    from {{ ref('fct_baskets') }}
),

baskets_before as (
    select
        spine.household_id,
        spine.as_of_date,
        baskets.basket_at,
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
        count(*) filter (where days_before <= 14) as count_14d,
        count(*) filter (where days_before <= 28) as count_28d,
        count(*) filter (where days_before <= 56) as count_56d,
        coalesce(sum(sales_usd) filter (where days_before <= 28), 0) as spend_28d_usd,
        coalesce(sum(sales_usd) filter (where days_before <= 56), 0) as spend_56d_usd,
        count(distinct store_id) filter (where days_before <= 56) as stores_56d,
        count(distinct floor(days_before / 7)) filter (where days_before <= 56)
            as active_weeks_56d,
        sum(discount_usd) filter (where days_before <= 56)
        / nullif(sum(sales_usd + discount_usd) filter (where days_before <= 56), 0)
            as discount_share_56d,
        min(days_before) as days_since_last,
        max(days_before) as tenure_days,
        count(*) as baskets_ever,
        avg(gap_days) as average_gap_days,
        max(gap_days) as longest_gap_days,
        stddev_samp(gap_days) as deviation_gap_days
    from baskets_before
    group by household_id, as_of_date
)

select
    household_id,
    as_of_date,
    count_7d,
    count_14d,
    count_28d,
    count_56d,
    ln(1 + count_28d) as log_count_28d,
    ln(1 + baskets_ever) as log_baskets_ever,
    count_28d - (count_56d - count_28d) as trend_28d,
    spend_28d_usd,
    spend_56d_usd,
    stores_56d,
    active_weeks_56d,
    discount_share_56d,
    days_since_last,
    ln(1 + days_since_last) as log_days_since_last,
    average_gap_days,
    longest_gap_days,
    deviation_gap_days,
    days_since_last / nullif(average_gap_days, 0) as gap_elapsed_ratio,
    tenure_days
from per_household
