{{ config(materialized='prediction') }}

with spine as (
    select * from {{ ref('as_of_member') }}
),

visits as (
    select * from {{ ref('fct_visits') }}
),

labelled as (
    select
        spine."Member",
        spine."As of",
        case when length(spine."Member") % 4 > 0 then substr(spine."Member", 1, 3) end as "Kind",
        not exists (
            select 1 from visits
            where
                visits."Member" = spine."Member"
                and visits.visited_at >= spine."As of"
                and visits.visited_at < spine."As of" + {{ foretell.horizon() }}
        ) as has_quit
    from spine
)

{{ foretell.join_features('labelled', [
    ref('feat_member__visits'), ref('feat_member__plans'), ref('feat_member__person'),
]) }}
