SELECT
  scores.*,
  'live' AS origin,
  CAST('2025-08-01' AS DATE) AS today,
  CAST('2025-08-01 06:00:00.000000' AS TIMESTAMP) AS scored_at,
  'run' AS run_id
FROM "shop"."main"."pred__scored" AS scores
