-- From 2017-02-27, the first date with 56 days of history, every four weeks until today.
with as_of_dates as (
    select cast(calendar.as_of_at as date) as as_of_date
    from generate_series(
        timestamp '2017-02-27',
        cast({{ foretell.today() }} as timestamp),
        interval '28 days'
    ) as calendar (as_of_at)
),

baskets as (
    select
        household_id,
        store_id,
        basket_at,
        sales_usd
    from {{ ref('fct_baskets') }}
)

select
    baskets.household_id,
    as_of_dates.as_of_date,
    (array_agg(baskets.store_id order by baskets.basket_at desc, baskets.store_id desc))[1]
        as home_store_id,
    -- of 28 days: half of what the 56 days brought
    case
        when sum(baskets.sales_usd) / 2 < 50 then 'under $50'
        when sum(baskets.sales_usd) / 2 < 100 then '$50 to $100'
        when sum(baskets.sales_usd) / 2 < 200 then '$100 to $200'
        else '$200 and more'
    end as usual_spend
from as_of_dates
inner join baskets
    on
        as_of_dates.as_of_date > baskets.basket_at
        and as_of_dates.as_of_date - interval '56 days' <= baskets.basket_at
group by baskets.household_id, as_of_dates.as_of_date
