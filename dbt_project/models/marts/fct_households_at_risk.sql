with open_predictions as (
    select *
    from {{ ref('pred_household__lapse_28d') }}
    where is_latest and matures_at > {{ foretell.today() }}
),

usual_sales as (
    select
        open_predictions.household_id,
        open_predictions.as_of_date,
        -- 56 days before the as-of date stand for the 28 days after it
        cast(sum(baskets.sales_usd) as double precision) / 2 as expected_sales_usd
    from open_predictions
    inner join {{ ref('fct_baskets') }} as baskets
        on
            open_predictions.household_id = baskets.household_id
            and open_predictions.as_of_date > baskets.basket_at
            and open_predictions.as_of_date - interval '56 days' <= baskets.basket_at
    group by open_predictions.household_id, open_predictions.as_of_date
),

households as (
    select * from {{ ref('dim_households') }}
),

ranked as (
    select
        *,
        row_number() over (order by score desc, household_id asc) as risk_rank
    from open_predictions
)

select
    ranked.household_id,
    ranked.as_of_date,
    ranked.matures_at,
    ranked.score as lapse_probability,
    usual_sales.expected_sales_usd,
    ranked.score * usual_sales.expected_sales_usd as sales_at_stake_usd,
    ranked.reason_1,
    ranked.reason_2,
    ranked.reason_3,
    ranked.usual_spend,
    coalesce(households.income, 'Unknown') as income,
    coalesce(households.household_size, 'Unknown') as household_size,
    coalesce(households.age, 'Unknown') as age,
    ranked.model_version,
    ranked.risk_rank,
    ranked.risk_rank <= 500 as is_named
from ranked
left join usual_sales
    on
        ranked.household_id = usual_sales.household_id
        and ranked.as_of_date = usual_sales.as_of_date
left join households on ranked.household_id = households.household_id
