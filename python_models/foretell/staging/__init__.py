"""The training query's rows, staged once and checked."""
