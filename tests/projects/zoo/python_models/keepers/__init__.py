"""Estimators of the zoo's own."""
