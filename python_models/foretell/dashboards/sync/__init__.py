"""Both ways between YAML and a Superset: compare, push, pull, remove."""
