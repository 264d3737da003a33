"""One that raises."""


class Bad:
    """Has a bug."""

    def fit(self, frame, labels):
        """Raise."""
        raise ZeroDivisionError("a bug of its own")


def make(seed):
    """What `candidates` names."""
    return Bad()
