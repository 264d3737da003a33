select
    customer_id,
    rated_at,
    known_at,
    rating
from (values (1, timestamp '2025-01-01 00:00:00', timestamp '2025-01-02 00:00:00', 3))
    as rows_of (customer_id, rated_at, known_at, rating)
