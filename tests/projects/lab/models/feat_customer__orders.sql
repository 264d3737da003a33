select
    customer_id,
    ordered_at,
    amount,
    items,
    "select",
    is_online
from (
    values
    (1, timestamp '2025-01-31 23:59:59', 10.0, 2, 'tea', true),
    (1, timestamp '2025-02-01 00:00:00', 99.0, 9, 'far', true)
) as rows_of (customer_id, ordered_at, amount, items, "select", is_online)
