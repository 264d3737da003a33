CREATE OR REPLACE VIEW "shop"."main"."pred" AS
/* the record of a run is written last, and shows all its rows */
WITH published AS (
  SELECT
    run_id
  FROM "shop"."main"."foretell_store_runs"
  WHERE
    prediction = 'pred' AND status = 'published'
), live AS (
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
    AND run_id IN (
      SELECT
        run_id
      FROM published
    )
    AND /* rows of before the key was renamed have none by this name */ NOT "member_id" IS NULL
    AND NOT "as_of_date" IS NULL
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
