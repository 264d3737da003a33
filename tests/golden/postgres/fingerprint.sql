SELECT
  CASE
    WHEN CAST(row_of."as_of_date" AS DATE) >= CAST('2025-07-01' AS DATE)
    THEN CAST(row_of."as_of_date" AS DATE)
  END AS day,
  COUNT(*) AS row_count,
  CAST(COALESCE(SUM(CAST(HASH_RECORD_EXTENDED(row_of, 0) AS DECIMAL(38, 0))), 0) % 18446744073709551616 AS TEXT) AS hashes
FROM (
  SELECT
    *
  FROM "shop"."main"."foretell_query"
) AS row_of
GROUP BY
  1
ORDER BY
  1 NULLS FIRST
