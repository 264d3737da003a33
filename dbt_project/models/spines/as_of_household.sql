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
        basket_at
    from {{ ref('fct_baskets') }}
)

select distinct
    baskets.household_id,
    as_of_dates.as_of_date
from as_of_dates
inner join baskets
    on
        as_of_dates.as_of_date > baskets.basket_at
        and as_of_dates.as_of_date - interval 56 day <= baskets.basket_at
