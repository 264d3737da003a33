{{ config(materialized='table') }}

with spine as (
    select
        household_id,
        as_of_date
    from {{ ref('as_of_household') }}
),

baskets as (
    select
        *,
        cast(extract(epoch from basket_at - lag(basket_at) over (
            partition by household_id
            order by basket_at, basket_id
        )) as double precision) as gap_seconds
    from {{ ref('fct_baskets') }}
),

baskets_before as (
    select
        spine.household_id,
        spine.as_of_date,
        baskets.gap_seconds,
        cast(
            extract(epoch from cast(spine.as_of_date as timestamp) - baskets.basket_at)
            as double precision
        ) / 86400 as days_before
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
        count(distinct ceil(days_before / 7)) filter (where days_before <= 56)
            as active_weeks_56d,
        count(distinct ceil(days_before / 7)) as active_weeks,
        min(days_before) as days_since_last,
        max(days_before) as tenure_days,
        -- whole seconds add up to the same in whatever order threads and databases do it
        avg(gap_seconds) / 86400 as average_gap_days,
        -- their squares do not, in the last digits
        round(stddev_samp(gap_seconds) / 86400 * 1e6) / 1e6 as deviation_gap_days,
        max(gap_seconds) / 86400 as longest_gap_days,
        sum(greatest(gap_seconds - 14 * 86400, 0)) / 86400 as idle_days
    from baskets_before
    group by household_id, as_of_date
)

select
    household_id,
    as_of_date,
    active_weeks_56d,
    active_weeks / ceil(tenure_days / 7) as active_weeks_share,
    average_gap_days,
    deviation_gap_days,
    longest_gap_days,
    -- two tills within a minute make a tiny gap; past ten usual gaps, more says nothing more
    least(days_since_last / nullif(average_gap_days, 0), 10) as gap_elapsed_ratio,
    idle_days / tenure_days as idle_share
from per_household
