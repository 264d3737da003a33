select
    customer_id,
    as_of_at
from {{ source('made', 'customers') }}
