"""Two operations in place of one: minting, repaying and redeeming in slices never beats doing it at once."""

from z3 import Int

from .prover import Obligation, Refutation
from .state import down, up
from .vault import E, W, i

MINT = "Change::mint, norm_up; VaultBook._borrow"
REPAY = "Change::repay, norm_down; VaultBook._repay"
FEE = "redemption_fee; VaultBook._redemptionFee"
REDEEM = "VaultBook::redeem, Asked::norm_cut; VaultBook.redeem, VaultBook._burnedFor"
a1, a2, n1, n2, n, b1, b2, c1, c2, c, high, fee, fee2, o1, o2, o = (
    Int(name) for name in ("a1", "a2", "n1", "n2", "n", "b1", "b2", "c1", "c2", "c", "high", "fee", "fee2", "o1", "o2",
                           "o")
)
GIVEN = [W > 0, i >= W, a1 >= 0, a2 >= 0]


def norms():
    minted = GIVEN + up(n1, a1 * W, i) + up(n2, a2 * W, i) + up(n, (a1 + a2) * W, i)
    cuts = down(n1, a1 * W, i) + down(n2, a2 * W, i) + up(b1, n1 * i, W) + up(b2, n2 * i, W)
    at_once = down(n, (b1 + b2) * W, i)
    return [
        Obligation("mint twice", "two slices owe at least what one does", MINT, minted,
                   [(a1 + a2) * W <= (n1 + n2) * i, (n - 1) * i < (n1 + n2) * i, n <= n1 + n2]),
        Refutation("mint twice", "norm rounded down", MINT,
                   GIVEN + down(n1, a1 * W, i) + down(n2, a2 * W, i) + down(n, (a1 + a2) * W, i), n <= n1 + n2),
        Obligation("repay twice", "what two slices burn would cut as much at once", REPAY, GIVEN + cuts + at_once,
                   [(n1 + n2) * i <= (b1 + b2) * W, (n1 + n2) * i < (n + 1) * i, n1 + n2 <= n]),
        Refutation("repay twice", "burned rounded down", REPAY,
                   GIVEN + down(n1, a1 * W, i) + down(n2, a2 * W, i) + down(b1, n1 * i, W) + down(b2, n2 * i, W)
                   + at_once, n1 + n2 <= n),
    ]


debt, value, credit, left, rest, r1, r2 = (
    Int(name) for name in ("debt", "value", "credit", "left", "rest", "r1", "r2")
)


def ratios():
    """What a redemption leaves of debt and value, as `vault_redeem.py` proves it, sets the fee of the next one."""
    after = [W > 0, credit >= 0, credit <= debt, debt < value, left >= 0, left <= debt - credit, rest >= value - credit]
    return Obligation("redeem twice", "the ratio that sets the fee does not rise, so the fee does not fall", FEE,
                      after + down(r1, debt * W, value) + down(r2, left * W, rest),
                      [rest > 0, left * value <= (debt - credit) * value, credit * debt <= credit * value,
                       (debt - credit) * value <= debt * (value - credit), debt * (value - credit) <= debt * rest,
                       left * value <= debt * rest, (r2 * rest) * value <= (left * W) * value,
                       W * (left * value) <= W * (debt * rest), rest * (r2 * value) <= rest * (debt * W),
                       r2 * value <= debt * W, r2 * value < (r1 + 1) * value, r2 <= r1])


def redemptions():
    """The second slice pays the same fee or more."""
    credits = GIVEN + [n1 >= 0, n2 >= 0, n1 + n2 <= n] + down(c1, n1 * i, W) + down(c2, n2 * i, W) + down(c, n * i, W)
    prices = [W > 0, E > 0, high > 0, fee >= 0, fee <= fee2, fee2 <= W, c1 >= 0, c2 >= 0]
    paid = down(o1, c1 * (W - fee) * E, high) + down(o2, c2 * (W - fee2) * E, high) + down(o, c * (W - fee) * E, high)
    rounded_up = up(o1, c1 * (W - fee) * E, high) + up(o2, c2 * (W - fee2) * E, high) + up(o, c * (W - fee) * E, high)
    return [
        Obligation("redeem twice", "two slices are credited no more than one", REDEEM, credits,
                   [(c1 + c2) * W <= (n1 + n2) * i, (n1 + n2) * i <= n * i, (c1 + c2) * W < (c + 1) * W, c1 + c2 <= c]),
        Obligation("redeem twice", "and paid no more collateral", REDEEM, prices + [c1 + c2 <= c] + paid, [
            c2 * (W - fee2) <= c2 * (W - fee), c2 * (W - fee2) * E <= c2 * (W - fee) * E,
            (o1 + o2) * high <= (c1 + c2) * (W - fee) * E, (c1 + c2) * (W - fee) <= c * (W - fee),
            (c1 + c2) * (W - fee) * E <= c * (W - fee) * E, (o1 + o2) * high < (o + 1) * high, o1 + o2 <= o]),
        Refutation("redeem twice", "credit rounded up", REDEEM,
                   GIVEN + [n1 >= 0, n2 >= 0, n1 + n2 == n] + up(c1, n1 * i, W) + up(c2, n2 * i, W) + up(c, n * i, W),
                   c1 + c2 <= c),
        Refutation("redeem twice", "collateral rounded up", REDEEM, prices + [c1 + c2 <= c] + rounded_up, o1 + o2 <= o),
        Refutation("redeem twice", "a fee that falls", REDEEM,
                   [W > 0, E > 0, high > 0, fee2 >= 0, fee2 < fee, fee <= W, c1 >= 0, c2 >= 0, c1 + c2 <= c] + paid,
                   o1 + o2 <= o),
    ]


def items():
    return norms() + [ratios()] + redemptions()
