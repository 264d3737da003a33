{{ config(materialized='prediction') }}

with spine as (    -- who, and as of when
    select
        household_id,
        as_of_date,
        usual_spend
    from {{ ref('as_of_household') }}
),

baskets as (
    select
        household_id,
        basket_at,
        sales_usd
    from {{ ref('fct_baskets') }}
),

labelled as (    -- what was spent from then on
    select
        spine.household_id,
        spine.as_of_date,
        spine.usual_spend,
        coalesce(cast(sum(baskets.sales_usd) as double precision), 0) as spend_usd_28d
    from spine
    left join baskets
        on
            spine.household_id = baskets.household_id
            and spine.as_of_date <= baskets.basket_at
            and spine.as_of_date + {{ foretell.horizon() }} > baskets.basket_at
    group by spine.household_id, spine.as_of_date, spine.usual_spend
)

{{ foretell.join_features('labelled', [
    ref('feat_household__baskets'),
    ref('feat_household__rhythm'),
    ref('feat_household__demographics'),
]) }}
