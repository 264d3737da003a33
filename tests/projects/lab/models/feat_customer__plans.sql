select
    customer_id,
    valid_from,
    valid_to,
    price,
    is_paid,
    revision
from (values (1, timestamp '2025-01-01 00:00:00', null::timestamp, 5.0, true, 1))
    as rows_of (customer_id, valid_from, valid_to, price, is_paid, revision)
