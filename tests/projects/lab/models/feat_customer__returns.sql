select
    customer_id,
    returned_at,
    known_at
from (values (1, timestamp '2025-01-10 00:00:00', timestamp '2025-01-12 00:00:00'))
    as rows_of (customer_id, returned_at, known_at)
