"""What turns columns into scores: arrays where a fitted model is no more than that, else itself."""
