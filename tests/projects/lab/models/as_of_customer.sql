select
    customer_id,
    as_of_at,
    store_id
from (values (1, timestamp '2025-02-01 00:00:00', 7), (2, timestamp '2025-02-01 00:00:00', 8))
    as rows_of (customer_id, as_of_at, store_id)
