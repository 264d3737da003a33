"""One run of one prediction: the life that `dbt build` gives it."""
