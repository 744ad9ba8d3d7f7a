"""One vault, and the roundings that every operation on it shares.

`W` stands for one in wad and `E` for the unit of a price: a collateral of `c` is worth `c * m / (W * E)` at `m`; neither
has to be the power of ten that it is. A vault has collateral `c` and norm `n` at the index `i`; its debt is
`n * i / W`, rounded up. Operations cut `cut` from the norm and give `out` of the collateral.
"""

from z3 import Int

from .state import up

W, E, c, n, i, m, debt, cut, out = (Int(name) for name in ("W", "E", "c", "n", "i", "m", "debt", "cut", "out"))
# The index begins at one and never falls.
UNITS = [W > 0, E > 0, i >= W, m > 0, c >= 0, n > 0]
VAULT = UNITS + up(debt, n * i, W)
# Were it otherwise, more than its share of the collateral would leave with the norm, and the ratio of debt to
# collateral would rise.
LTV_KEPT = out * n <= c * cut


def cancelled(factor, left, right):
    """Steps to `left <= right` from the same times a factor that is known to be positive."""
    return [factor * left <= factor * right, left <= right]


def debt_left(left, cut_down, whole, repaid):
    """Steps to: a repayment of `repaid` that is rounded down in norm leaves a debt `left` of `whole - repaid` at least."""
    return [cut_down * i <= repaid * W, (n - cut_down) * i > (whole - 1 - repaid) * W,
            left * W > (whole - 1 - repaid) * W, left >= whole - repaid]
