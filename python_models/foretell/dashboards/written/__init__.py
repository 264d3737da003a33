"""What stands in ``dashboards/``: YAML read strictly, templates expanded, names looked up."""
