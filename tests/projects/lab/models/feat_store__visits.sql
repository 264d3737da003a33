select
    store_id,
    visited_at
from (values (7, timestamp '2025-01-31 12:00:00')) as rows_of (store_id, visited_at)
