"""The files of a new feature view: what an analyst would copy, written so that they pass as is."""
