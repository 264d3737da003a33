"""A project's dbt, called from outside of a build: questions to the stores, replays."""
