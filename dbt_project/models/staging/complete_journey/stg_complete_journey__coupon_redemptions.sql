with source as (
    select * from {{ source('complete_journey', 'coupon_redemptions') }}
),

renamed as (
    select
        household_id,
        coupon_upc,
        campaign_id,
        cast(redemption_date as date) as redeemed_date
    from source
)

select * from renamed
where redeemed_date < {{ foretell.today() }}
