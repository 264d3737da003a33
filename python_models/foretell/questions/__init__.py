"""What a prediction's node answers in the warehouse without changing anything there."""
