"""The grocery demo: real data, loaded and replayed through time."""
