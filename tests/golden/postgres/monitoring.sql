SELECT
  made."member_id",
  CAST(made."as_of_date" AS DATE) AS as_of_date,
  made.model_version,
  made."score",
  CAST(staged."place" AS TEXT) AS foretell_slice_0,
  staged.foretell_rule,
  CAST(staged."has_quit" AS BOOLEAN) AS foretell_label,
  ROW_NUMBER() OVER (
    PARTITION BY made."member_id", made."as_of_date", made.model_version
    ORDER BY made.scored_at DESC NULLS LAST
  ) AS newest
FROM "shop"."main"."pred__history" AS made
JOIN (
  SELECT
    *
  FROM "shop"."main"."pred__staged"
  WHERE
    foretell_is_matured AND NOT "has_quit" IS NULL
) AS staged
  ON made."member_id" = staged."member_id" AND made."as_of_date" = staged."as_of_date"
WHERE
  made.origin = 'live'
