with builds as (
    select * from {{ foretell.seen('runs') }} as runs where step = 'build'
),

-- what follows a run's publication is on record under the run's id and a suffix
monitorings as (
    select * from {{ foretell.seen('runs') }} as runs where step = 'monitoring'
)

select
    builds.run_id,
    builds.prediction,
    builds.today,
    coalesce(builds.stands_at, cast(builds.today as timestamp)) as stands_at,
    builds.known_until,
    builds.started_at,
    builds.finished_at,
    builds.status,
    builds.decision,
    builds.is_trained,
    builds.model_version,
    builds.scored,
    builds.quarantined,
    builds.input_gate,
    builds.output_gate,
    builds.warnings,
    builds.message,
    monitorings.status as monitoring,
    case when monitorings.status = 'crashed' then monitorings.message end as monitoring_failure,
    builds.seconds + coalesce(monitorings.seconds, 0) as seconds,
    builds.cpu_seconds + coalesce(monitorings.cpu_seconds, 0) as cpu_seconds,
    greatest(builds.peak_memory_mb, coalesce(monitorings.peak_memory_mb, builds.peak_memory_mb))
        as peak_memory_mb,
    builds.cost,
    builds.started_by,
    builds.git_commit,
    builds.max_age_days,
    builds.max_drop,
    builds.max_miscalibration,
    row_number() over (partition by builds.prediction order by builds.finished_at desc) = 1
        as is_latest_run
from builds
left join monitorings on builds.run_id || '.monitoring' = monitorings.run_id
