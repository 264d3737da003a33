select * from {{ ref('fct_visits') }}
