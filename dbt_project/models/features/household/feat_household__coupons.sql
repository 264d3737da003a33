select
    household_id,
    redeemed_date
from {{ ref('stg_complete_journey__coupon_redemptions') }}
