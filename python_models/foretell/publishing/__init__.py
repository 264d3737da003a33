"""What a reader sees, changed all at once, and what a training leaves on record."""
