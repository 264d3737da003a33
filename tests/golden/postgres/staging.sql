SELECT
  "member_id",
  "as_of_date",
  CASE
    WHEN CASE
      WHEN "as_of_date" <= CAST('9999-12-31 23:59:59' AS TIMESTAMP) - INTERVAL '2678400 SECONDS'
      THEN "as_of_date" + INTERVAL '2678400 SECONDS'
    END <= CAST('2025-08-01 00:00:00' AS TIMESTAMP)
    THEN "has_quit"
  END AS "has_quit",
  "visits",
  "is_paid",
  "pace",
  "place",
  "joined_at",
  NULLIF(
    CAST((
      CAST(visits AS DOUBLE PRECISION) / 2.0
    ) AS DOUBLE PRECISION),
    CAST('NaN' AS DOUBLE PRECISION)
  ) AS foretell_rule,
  CASE
    WHEN CASE
      WHEN "as_of_date" <= CAST('9999-12-31 23:59:59' AS TIMESTAMP) - INTERVAL '2678400 SECONDS'
      THEN "as_of_date" + INTERVAL '2678400 SECONDS'
    END < CAST('10000-01-01' AS TIMESTAMP)
    THEN CASE
      WHEN "as_of_date" <= CAST('9999-12-31 23:59:59' AS TIMESTAMP) - INTERVAL '2678400 SECONDS'
      THEN "as_of_date" + INTERVAL '2678400 SECONDS'
    END
  END AS foretell_matures_at,
  COALESCE(
    CASE
      WHEN "as_of_date" <= CAST('9999-12-31 23:59:59' AS TIMESTAMP) - INTERVAL '2678400 SECONDS'
      THEN "as_of_date" + INTERVAL '2678400 SECONDS'
    END <= CAST('2025-08-01 00:00:00' AS TIMESTAMP),
    FALSE
  ) AS foretell_is_matured
FROM (
  SELECT
    "member_id" AS "member_id",
    NULLIF(NULLIF("as_of_date", CAST('infinity' AS DATE)), CAST('-infinity' AS DATE)) AS "as_of_date",
    "has_quit" AS "has_quit",
    "visits" AS "visits",
    "is_paid" AS "is_paid",
    NULLIF("pace", CAST('NaN' AS DOUBLE PRECISION)) AS "pace",
    "place" AS "place",
    NULLIF(NULLIF("joined_at", CAST('infinity' AS TIMESTAMP)), CAST('-infinity' AS TIMESTAMP)) AS "joined_at"
  FROM foretell_query
) AS queried
