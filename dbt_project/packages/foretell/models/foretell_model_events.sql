select
    prediction,
    today as happened_on,
    version as model_version,
    event,
    message,
    happened_at,
    run_id
from {{ foretell.seen('model_events') }} as model_events
