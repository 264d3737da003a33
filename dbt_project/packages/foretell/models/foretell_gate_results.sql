with results as (
    select * from {{ foretell.seen('validation_results') }} as validation_results
)

select
    prediction,
    run_id,
    ran_at,
    today,
    stage,
    expectation,
    column_name,
    severity,
    status,
    observed,
    expected,
    unexpected_percent,
    description,
    coalesce(said_by, 'written') as said_by,
    sample_keys,
    run_id = first_value(run_id) over (partition by prediction order by ran_at desc) as is_latest_run
from results
