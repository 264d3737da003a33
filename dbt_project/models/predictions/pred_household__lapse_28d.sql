{{ config(materialized='prediction') }}

with spine as (    -- who, and as of when
    select
        household_id,
        as_of_date,
        home_store_id,
        usual_spend
    from {{ ref('as_of_household') }}
),

baskets as (
    select
        household_id,
        basket_at
    from {{ ref('fct_baskets') }}
),

households as (    -- for slices only
    select
        household_id,
        income,
        household_size
    from {{ ref('dim_households') }}
),

labelled as (    -- what happened from then on
    select
        spine.household_id,
        spine.as_of_date,
        spine.home_store_id,
        spine.usual_spend,
        coalesce(households.income, 'Unknown') as income,
        coalesce(households.household_size, 'Unknown') as household_size,
        not exists (
            select 1
            from baskets
            where
                spine.household_id = baskets.household_id
                and baskets.basket_at >= spine.as_of_date
                and baskets.basket_at < spine.as_of_date + {{ foretell.horizon() }}
        ) as is_lapsed
    from spine
    left join households on spine.household_id = households.household_id
)

{{ foretell.join_features('labelled', [
    ref('feat_household__baskets'),
    ref('feat_household__rhythm'),
    ref('feat_household__departments'),
    ref('feat_household__coupons'),
    ref('feat_household__campaigns'),
    ref('feat_household__demographics'),
    ref('feat_store__prices'),
]) }}
