CREATE OR REPLACE VIEW "shop"."main"."pred" AS
WITH live AS (
  SELECT
    "member_id",
    "as_of_date",
    "score",
    "is_named",
    "reason_1",
    "place",
    "model_version",
    "origin",
    "scored_at",
    "matures_at",
    ROW_NUMBER() OVER (
      PARTITION BY "member_id", "as_of_date"
      ORDER BY scored_at DESC NULLS LAST, model_version DESC NULLS LAST
    ) AS newest_first
  FROM "shop"."main"."pred__history"
  WHERE
    origin = 'live'
), newest AS (
  SELECT
    "member_id",
    "as_of_date",
    "score",
    "is_named",
    "reason_1",
    "place",
    "model_version",
    "origin",
    "scored_at",
    "matures_at"
  FROM live
  WHERE
    newest_first = 1
)
SELECT
  "member_id",
  "as_of_date",
  "score",
  "is_named",
  "reason_1",
  "place",
  "model_version",
  "origin",
  "scored_at",
  "matures_at",
  "as_of_date" = MAX("as_of_date") OVER (PARTITION BY "member_id") AS is_latest
FROM newest
