"""What a prediction looks at: declared views, definitions, values as they were, worth, leaks."""
