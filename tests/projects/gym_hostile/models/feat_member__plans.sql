select * from {{ ref('fct_plans') }}
