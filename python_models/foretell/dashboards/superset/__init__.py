"""A Superset: how to talk to one, and how to run one's own."""
