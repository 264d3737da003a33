{{ config(materialized='table') }}

with spine as (
    select
        mailing_id,
        household_id,
        campaign_id,
        campaign_type,
        mailed_date,
        closed_date
    from {{ ref('as_of_mailing') }}
),

coupons as (
    select
        campaign_id,
        coupon_upc,
        product_id
    from {{ ref('stg_complete_journey__coupons') }}
),

transactions as (
    select
        household_id,
        product_id,
        sold_at,
        sales_usd
    from {{ ref('stg_complete_journey__transactions') }}
),

coupons_per_campaign as (
    select
        campaign_id,
        count(distinct coupon_upc) as coupons
    from coupons
    group by campaign_id
),

-- several coupons of a campaign may be valid for one product
products_per_campaign as (
    select distinct
        campaign_id,
        product_id
    from coupons
),

bought_per_mailing as (
    select
        spine.mailing_id,
        count(distinct transactions.product_id) as products_bought,
        cast(sum(transactions.sales_usd) as double precision) as spend
    from spine
    inner join products_per_campaign on spine.campaign_id = products_per_campaign.campaign_id
    inner join transactions
        on
            spine.household_id = transactions.household_id
            and products_per_campaign.product_id = transactions.product_id
            and spine.mailed_date > transactions.sold_at
            and spine.mailed_date - interval '56 days' <= transactions.sold_at
    group by spine.mailing_id
)

select
    spine.mailing_id,
    spine.mailed_date,
    spine.campaign_type = 'Type A' as is_personal,
    spine.closed_date - spine.mailed_date as length_days,
    coupons_per_campaign.coupons,
    coalesce(bought_per_mailing.products_bought, 0) as products_bought_56d,
    coalesce(bought_per_mailing.spend, 0) as spend_56d
from spine
left join coupons_per_campaign on spine.campaign_id = coupons_per_campaign.campaign_id
left join bought_per_mailing on spine.mailing_id = bought_per_mailing.mailing_id
