select
    prediction,
    today as happened_on,
    version as model_version,
    event,
    message,
    happened_at,
    run_id
from {{ foretell.store('model_events') }}
