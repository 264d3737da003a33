select * from {{ ref('dim_members') }}
