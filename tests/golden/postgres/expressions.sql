SELECT
  MAX(TO_CHAR(CAST("as_of_date" AS TIMESTAMP), 'YYYY-MM-DD HH24:MI:SS.US')) AS as_of_date,
  MAX(CAST("visits" AS TEXT)) AS visits,
  MAX(CAST("place" AS TEXT)) AS place,
  MAX(TO_CHAR(CAST("joined_at" AS TIMESTAMP), 'YYYY-MM-DD HH24:MI:SS.US')) AS joined_at,
  MIN(
    MD5(
      CONCAT_WS(
        '|',
        'rows',
        COALESCE(CAST(member_id AS TEXT), ''),
        COALESCE(TO_CHAR(CAST(as_of_date AS TIMESTAMP), 'YYYY-MM-DD HH24:MI:SS.US'), '')
      )
    ) COLLATE "C"
  ) AS least_draw,
  SUM(CAST(CAST(is_paid AS INT) AS DOUBLE PRECISION)) AS paid,
  MAX(
    CAST(EXTRACT(EPOCH FROM CAST(foretell_matures_at AS TIMESTAMP) - CAST(as_of_date AS TIMESTAMP)) AS DOUBLE PRECISION)
  ) AS seconds,
  (
    PERCENTILE_CONT(ARRAY[0.5]) WITHIN GROUP (ORDER BY
      CAST(visits AS DOUBLE PRECISION))
  )[1] AS median,
  COUNT(DISTINCT member_id) AS members,
  (
    ARRAY_AGG(visits ORDER BY pace)
  )[1] AS first,
  MAX(
    CASE
      WHEN CAST('9999-12-31' AS DATE) <= CAST('9999-12-31 23:59:59' AS TIMESTAMP) - INTERVAL '86400 SECONDS'
      THEN CAST('9999-12-31' AS DATE) + INTERVAL '86400 SECONDS'
    END
  ) AS never,
  COUNT(*) FILTER(WHERE
    as_of_date > CAST('2025-06-01' AS DATE)) AS new
FROM "shop"."main"."pred__staged"
