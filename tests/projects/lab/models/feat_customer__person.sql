select
    customer_id,
    birth_year
from (values (1, 1980)) as rows_of (customer_id, birth_year)
