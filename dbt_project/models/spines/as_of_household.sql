-- From 2017-02-27, the first date with 56 days of history, every four weeks until today.
with as_of_dates as (
    select cast(calendar.as_of_at as date) as as_of_date
    from range(
        date '2017-02-27',
        {{ foretell.today() }} + interval 1 day,
        interval 28 day
    ) as calendar (as_of_at)
),

baskets as (
    select
        household_id,
        store_id,
        basket_at
    from {{ ref('fct_baskets') }}
)

select
    baskets.household_id,
    as_of_dates.as_of_date,
    arg_max(baskets.store_id, (baskets.basket_at, baskets.store_id)) as home_store_id
from as_of_dates
inner join baskets
    on
        as_of_dates.as_of_date > baskets.basket_at
        and as_of_dates.as_of_date - interval 56 day <= baskets.basket_at
group by baskets.household_id, as_of_dates.as_of_date
