SELECT
  *
FROM (
  SELECT
    *
  FROM (
    SELECT
      "member_id",
      "as_of_date",
      CAST("as_of_date" AS TIMESTAMP) AS foretell_as_of,
      foretell_matures_at,
      foretell_rule,
      CAST(staged."visits" AS DOUBLE PRECISION) AS "visits",
      CAST(CAST(staged."is_paid" AS INT) AS DOUBLE PRECISION) AS "is_paid",
      CAST(staged."pace" AS DOUBLE PRECISION) AS "pace",
      CAST(staged."place" AS TEXT) AS "place",
      CAST(staged."joined_at" AS TIMESTAMP) AS "joined_at"
    FROM (
      SELECT
        *
      FROM "shop"."main"."pred__staged"
      WHERE
        foretell_is_matured AND NOT "has_quit" IS NULL
    ) AS staged
  ) AS chosen
  ORDER BY
    MD5(
      CONCAT_WS(
        '|',
        'rows',
        COALESCE(CAST("member_id" AS TEXT), ''),
        COALESCE(TO_CHAR(CAST("as_of_date" AS TIMESTAMP), 'YYYY-MM-DD HH24:MI:SS.US'), '')
      )
    ) COLLATE "C",
    CAST("member_id" AS TEXT) COLLATE "C",
    "as_of_date"
  LIMIT 2
) AS drawn
ORDER BY
  CAST("member_id" AS TEXT) COLLATE "C",
  "as_of_date"
