select
    customer_id,
    ordered_at,
    amount,
    product_id
from {{ source('made', 'orders') }}
