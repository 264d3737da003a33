"""Who reads what: dashboards as dbt exposures, and whom a change would reach."""
