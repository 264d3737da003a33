select
    run_id,
    prediction,
    today,
    started_at,
    finished_at,
    status,
    decision,
    is_trained,
    model_version,
    scored,
    quarantined,
    input_gate,
    output_gate,
    warnings,
    message,
    seconds,
    row_number() over (partition by prediction order by finished_at desc) = 1 as is_latest_run
from {{ foretell.store('runs') }}
