with spine as (
    select
        member_id,
        as_of_date
    from "gym"."gym"."as_of_member"
),

visits as (
    select
        member_id,
        visited_at
    from "gym"."gym"."fct_visits"
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
                and visits.visited_at < spine.as_of_date + interval '30 days'
        ) as has_quit
    from spine
)

, -- foretell: features of other relations from here on

-- feat_member__visits: computed at each as-of time by its own SQL
"feat_member__visits" as (
    select * from "gym"."gym"."feat_member__visits"
)

select
    labelled.*,
    "feat_member__visits"."count_30d" as "visits_count_30d",
    "feat_member__visits"."days_since_last" as "visits_days_since_last",
    "feat_member__visits"."select" as "visits_select"
from labelled
left join "feat_member__visits"
    on labelled."member_id" = "feat_member__visits"."member_id"
    and labelled."as_of_date" = "feat_member__visits"."as_of_date"
