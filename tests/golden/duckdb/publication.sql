select scores.*, 'live' as origin, cast('2025-08-01' as date) as today, cast('2025-08-01 06:00:00.000000' as timestamp) as scored_at, 'run' as run_id from "shop"."main"."pred__scored" as scores
