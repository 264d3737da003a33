with results as (
    select * from {{ foretell.store('validation_results') }}
),

newest_runs as (
    select
        prediction,
        run_id,
        row_number() over (partition by prediction order by finished_at desc) as newest_first
    from {{ foretell.store('runs') }}
)

select
    results.prediction,
    results.run_id,
    results.ran_at,
    results.today,
    results.stage,
    results.expectation,
    results.column_name,
    results.severity,
    results.status,
    results.observed,
    results.expected,
    results.unexpected_percent,
    results.description,
    newest_runs.newest_first = 1 as is_latest_run
from results
inner join newest_runs
    on results.prediction = newest_runs.prediction and results.run_id = newest_runs.run_id
