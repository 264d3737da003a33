select
    household_id,
    coupon_upc,
    campaign_id,
    cast(redemption_date as date) as redeemed_date
from {{ source('complete_journey', 'coupon_redemptions') }}
where redemption_date < {{ foretell.today() }}
