"""The leaves that rows fall into: one look-up for each input, whatever the number of trees.

After QuickScorer (Lucchese et al., SIGIR 2015). Each leaf of a tree is a bit, the leftmost the
lowest. A split that a row fails, so that it goes right, rules out the leaves on its left; of those
that no split rules out, the leftmost is the row's. Where a value stands among the thresholds of its
input says at once which splits it fails in all trees. So each input has one table, which holds, by
that place, the leaves that are left of each tree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foretell.scorers.inputs import Floats

#: Of a node: it asks for no input, since it is a leaf.
LEAF = -1
#: Leaves of a tree, and bytes of all tables, up to which leaves are looked up.
MOST_LEAVES, MOST_BYTES = 64, 2**27
_LEAVES_OF: Mapping[int, type[np.unsignedinteger[Any]]] = {
    8: np.uint8,
    16: np.uint16,
    32: np.uint32,
    64: np.uint64,
}

#: Of a leaf, what it adds. Of a split, the largest number that goes left, or the codes that do:
#: categories are counted from 0.
At = float | tuple[int, ...]


@dataclass(frozen=True)
class Table:
    """What is left of all trees, by the value of an input.

    Attributes
    ----------
    edges
        Numbers, ascending, the last is infinity. A value belongs to the first that is not smaller.
    left
        ``(edges + 1, trees)`` leaves as bits; the last are those of what is unknown.
    """

    edges: Floats
    left: NDArray[Any]

    def places(self, values: Floats) -> NDArray[np.intp]:
        """``(rows,)`` positions in ``left`` of values, NaN where they are unknown."""
        return np.searchsorted(self.edges, values)  # NaN sorts behind infinity.


@dataclass(frozen=True)
class LeafTables:
    """Trees as tables.

    Attributes
    ----------
    by_input
        Of the inputs that a split asks for.
    adds
        ``(trees, bits)`` what each leaf adds.
    """

    by_input: Mapping[int, Table]
    adds: Floats

    def added(self, places: Mapping[int, NDArray[np.intp]], *, rows: int) -> Floats:
        """``(rows, trees)`` what the leaves of rows add, by the places of their inputs."""
        trees, bits = self.adds.shape
        one = _LEAVES_OF[bits](1)
        left = np.full((rows, trees), ~(one - one))
        for number, chosen in places.items():
            left &= self.by_input[number].left[chosen]
        leaves = np.bitwise_count((left & -left) - one)
        return np.asarray(self.adds.ravel()[leaves + np.arange(trees) * bits])


def leaf_tables(
    asks: NDArray[np.int64], at: Sequence[At], unknown_left: NDArray[np.bool_]
) -> LeafTables:
    """Trees as tables.

    Parameters
    ----------
    asks
        ``(nodes,)`` the input that a node asks for, or ``LEAF``. Trees stand one after the other,
        and in a tree each node before all that is on its left, and that before all on its right.
    at, unknown_left
        ``(nodes,)`` what sends a value to the left, and whether what is unknown goes there.

    Raises
    ------
    ValueError
        They are no trees, or larger ones than are looked up.
    """
    tree, first, middle = _spans(asks)
    is_leaf = asks == LEAF
    most = int(first[is_leaf].max(initial=0)) + 1
    if most > MOST_LEAVES:
        raise ValueError(f"a tree has {most} leaves, and {MOST_LEAVES} is the most")
    bits = min(size for size in _LEAVES_OF if size >= most)
    adds = np.zeros((int(tree.max(initial=-1)) + 1, bits))
    adds[tree[is_leaf], first[is_leaf]] = [at[node] for node in np.flatnonzero(is_leaf).tolist()]
    splits: dict[int, list[int]] = defaultdict(list)
    for node in np.flatnonzero(~is_leaf).tolist():
        splits[int(asks[node])].append(node)
    edges = {number: _edges([at[node] for node in nodes]) for number, nodes in splits.items()}
    size = sum(len(of_input) + 1 for of_input in edges.values()) * len(adds) * bits // 8
    if size > MOST_BYTES:
        raise ValueError(f"their tables have {size:,} bytes, and {MOST_BYTES:,} is the most")
    dtype, all_leaves = _LEAVES_OF[bits], (1 << bits) - 1
    by_input = {}
    for number, nodes in splits.items():
        left = np.full((len(edges[number]) + 1, len(adds)), all_leaves, dtype=dtype)
        for node in nodes:
            on_the_left = (1 << int(middle[node])) - (1 << int(first[node]))
            goes_right = np.append(_goes_right(edges[number], at[node]), not unknown_left[node])
            left[goes_right, tree[node]] &= dtype(all_leaves ^ on_the_left)
        by_input[number] = Table(edges[number], left)
    return LeafTables(by_input, adds)


def _edges(splits: Sequence[At]) -> Floats:
    """Numbers between which all values of an input go the same way at each of its splits."""
    edges = {np.inf}
    for at in splits:
        # Codes are whole: what is larger than the one before it, up to it, is the code.
        edges |= {code - step for code in at for step in (0, 1)} if isinstance(at, tuple) else {at}
    return np.unique(np.asarray(list(edges), dtype=np.float64))


def _goes_right(edges: Floats, at: At) -> NDArray[np.bool_]:
    return ~np.isin(edges, at) if isinstance(at, tuple) else edges > at


def _spans(asks: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
    """Of each node: its tree, the first leaf below it, and the first that is on its right.

    Leaves are counted in their tree, from the left; a leaf is the first below itself.

    Raises
    ------
    ValueError
        The last tree is not whole.
    """
    tree, first, middle = (np.zeros(len(asks), dtype=np.int64) for _ in range(3))
    trees = leaves = 0
    above: list[int] = []  # Splits whose left or right side is being read.
    has_left: list[bool] = []
    for node, asked in enumerate(asks.tolist()):
        tree[node], first[node] = trees, leaves
        if asked != LEAF:
            above.append(node)
            has_left.append(False)
            continue
        leaves += 1
        while above and has_left[-1]:
            above.pop()
            has_left.pop()
        if above:
            middle[above[-1]], has_left[-1] = leaves, True
        else:
            trees, leaves = trees + 1, 0
    if above:
        raise ValueError("the last tree is not whole")
    return tree, first, middle
