-- The newest event that made a version champion decides; a reset forgets all before it.
with events as (
    select
        *,
        max(case when event = 'reset' then happened_at end) over (partition by prediction)
            as reset_at
    from {{ foretell.seen('model_events') }} as model_events
),

promotions as (
    select
        prediction,
        version,
        happened_at,
        row_number() over (
            partition by prediction order by happened_at desc, version desc
        ) as newest_first
    from events
    where event in ('promoted', 'rolled back') and (reset_at is null or happened_at > reset_at)
),

newest as (
    select
        prediction,
        max(happened_at) as promoted_at
    from promotions
    group by prediction
),

standing as (
    select
        prediction,
        version,
        min(newest_first) as newest_first,
        max(happened_at) as champion_since
    from promotions
    group by prediction, version
),

reasons as (
    select
        prediction,
        version,
        max(message) as verdict,
        max(reset_at) as reset_at
    from events
    where event = 'trained'
    group by prediction, version
)

select
    versions.prediction,
    versions.version as model_version,
    case
        when reasons.reset_at > versions.created_at then 'forgotten'
        when standing.newest_first = 1 then 'champion'
        when standing.newest_first is not null then 'earlier champion'
        when newest.promoted_at > versions.created_at then 'passed over'
        else 'waits for approval'
    end as status,
    versions.today as trained_on,
    versions.created_at,
    standing.champion_since,
    standing.newest_first as champion_rank,
    versions.task,
    versions.candidate,
    versions.score_is,
    versions.metric,
    versions.recipe,
    reasons.verdict,
    versions.trained_rows,
    versions.trained_from,
    versions.trained_until,
    versions.metrics,
    versions.definitions,
    versions.libraries,
    versions.seed,
    versions.sha256,
    versions.artifact is not null as has_artifact,
    versions.serving_form is not null as scores_by_numbers,
    versions.run_id
from {{ foretell.seen('model_versions') }} as versions
left join standing
    on
        versions.prediction = standing.prediction
        and versions.version = standing.version
left join newest on versions.prediction = newest.prediction
left join reasons
    on
        versions.prediction = reasons.prediction
        and versions.version = reasons.version
