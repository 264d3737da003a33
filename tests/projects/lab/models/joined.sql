with labelled as (
    select
        customer_id,
        as_of_at,
        store_id
    from {{ ref('as_of_customer') }}
)

{{ foretell.join_features('labelled', [
    ref('feat_customer__orders'),
    ref('feat_customer__returns'),
    ref('feat_customer__plans'),
    ref('feat_customer__ratings'),
    ref('feat_customer__person'),
    ref('feat_store__visits'),
], entity='customer_id', as_of='as_of_at') }}
