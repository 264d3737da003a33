{{ config(materialized='prediction') }}

with spine as (
    select
        member_id,
        as_of_date
    from {{ ref('as_of_member') }}
),

visits as (
    select
        member_id,
        visited_at
    from {{ ref('fct_visits') }}
),

labelled as (
    select
        spine.member_id,
        spine.as_of_date,
        not exists (
            select 1 from visits
            where
                visits.member_id = spine.member_id
                and visits.visited_at >= spine.as_of_date
                and visits.visited_at < spine.as_of_date + {{ foretell.horizon() }}
        ) as has_quit
    from spine
)

{{ foretell.join_features('labelled', [ref('feat_member__visits')]) }}
