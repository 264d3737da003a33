with spine as (
    select
        customer_id,
        as_of_at
    from {{ ref('as_of_customer') }}
)

{{ foretell.join_features('spine', [
    ref('feat_customer__orders'),
], entity='customer_id', as_of='as_of_at') }}
