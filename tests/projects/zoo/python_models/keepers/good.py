"""A good one, of a type of its own."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


class Bigger(ClassifierMixin, BaseEstimator):
    """The bigger a thing, the likelier: the rate of sales in twenty steps of size."""

    def fit(self, frame, labels):
        """Learn the rate of each step."""
        self.classes_ = np.unique(labels)
        steps = np.minimum(19, (frame["size"].to_numpy() * 20).astype(int))
        sold = np.bincount(steps, labels, minlength=20) + labels.mean()
        self.rates_ = sold / (np.bincount(steps, minlength=20) + 1)
        return self

    def predict_proba(self, frame):
        """The rate of each row's step."""
        steps = np.minimum(19, (frame["size"].to_numpy() * 20).astype(int))
        return np.column_stack([1 - self.rates_[steps], self.rates_[steps]])


def make(seed):
    """What `candidates` names."""
    return Bigger()
