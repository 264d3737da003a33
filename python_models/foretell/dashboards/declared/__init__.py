"""What a dbt project declares: predictions, key figures, links, descriptions."""
