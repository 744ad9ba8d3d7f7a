"""Redemption of one vault, and the haircut that all holders share while a deficit stands."""

from z3 import And, Int

from .prover import Obligation, Refutation
from .state import down, up
from .vault import E, LTV_KEPT, VAULT, W, c, cancelled, cut, debt, debt_left, i, m, n, out

REDEEM = "VaultBook::redeem, Asked::norm_cut; VaultBook.redeem, VaultBook._openRedemption"
FEE = "redemption_fee; VaultBook._redemptionFee"
SHARE = "VaultBook::burned_for, VaultBook::haircut; VaultBook._burnedFor, VaultState._haircut"
PEG = "VaultBook::peg_burn, VaultBook::haircut; VaultState.pegBurn, VaultState._haircut"
high, value, fee, credit, paid, least, left, k, left_value = (
    Int(name) for name in ("high", "value", "fee", "credit", "paid", "least", "left", "k", "left_value")
)
# A solvent vault, of which `cut` goes; `credit` is its debt rounded down, worth its face at the high price.
VALUED = VAULT + [high >= m, fee >= 0, fee <= W, cut > 0, cut <= n] + down(value, c * m, W * E)
ASKED = VALUED + [debt < value]
PAID = down(credit, cut * i, W) + down(out, credit * (W - fee) * E, high)
NOT_OVER_FACE = out * high * W <= credit * (W - fee) * (W * E)
CREDIT_IS_CUT = [credit * W <= cut * i]
FACE_VALUE = [out * high <= credit * (W - fee) * E, credit * (W - fee) * E <= credit * W * E,
              out * high <= credit * W * E]


def redeem():
    ltv = CREDIT_IS_CUT + FACE_VALUE + [
        n * i <= debt * W, debt * W <= value * W, n * i <= value * W, value * (W * E) <= c * high,
        (out * high) * (n * i) <= (credit * W * E) * (n * i),
        (credit * W * E) * (n * i) <= (credit * W * E) * (value * W),
        (credit * W) * (value * W * E) <= (cut * i) * (value * W * E),
        (cut * i) * (value * W * E) <= (cut * i) * (c * high)]
    ltv += cancelled(high * i, out * n, c * cut)
    healthy = ASKED + PAID + [k > 0, k < W, debt * W <= value * k, out >= 0]
    after = up(left, (n - cut) * i, W) + down(left_value, (c - out) * m, W * E)
    stays = CREDIT_IS_CUT + [(n - cut) * i <= (debt - credit) * W, (left - 1) * W < (debt - credit) * W,
                             left <= debt - credit]
    stays += FACE_VALUE + [out * m <= out * high, value * (W * E) <= c * m,
                           (value - credit) * (W * E) <= (c - out) * m,
                           (value - credit) * (W * E) < (left_value + 1) * (W * E), value - credit <= left_value]
    stays += [credit * k <= credit * W, left * W <= (debt - credit) * W, (debt - credit) * W <= (value - credit) * k,
              (value - credit) * k <= left_value * k, left * W <= left_value * k]
    rounded = down(cut, paid * W, i) + down(credit, cut * i, W)
    some = VAULT + [paid >= 0, debt - paid >= least, least > 0]
    worse = VALUED + [debt >= value]
    at = "the ratio of debt to collateral does not rise"
    return [
        Obligation("redeem", at, REDEEM, ASKED + PAID + [credit >= 0], ltv),
        Obligation("redeem", "never more than there is", REDEEM, ASKED + [LTV_KEPT, c >= 0],
                   [out * n <= c * n, out <= c]),
        Obligation("redeem", "never more than face value at the high price, less the fee", REDEEM, ASKED + PAID,
                   [out * high <= credit * (W - fee) * E, out * high * W <= credit * (W - fee) * E * W,
                    NOT_OVER_FACE]),
        Obligation("redeem", "what is credited is at most what was paid for", REDEEM, VAULT + [paid >= 0] + rounded,
                   [cut * i <= paid * W, credit * W <= paid * W, credit <= paid]),
        Obligation("redeem", "a healthy vault stays healthy", REDEEM, healthy + after + [credit >= 0], stays),
        Obligation("redeem", "no debt is left, or the least debt", REDEEM,
                   some + down(cut, paid * W, i) + up(left, (n - cut) * i, W),
                   debt_left(left, cut, debt, paid) + [left >= least]),
        Refutation("redeem", "credit rounded up", REDEEM,
                   ASKED + up(credit, cut * i, W) + down(out, credit * (W - fee) * E, high), LTV_KEPT),
        Refutation("redeem", "paid out at mid", REDEEM,
                   ASKED + down(credit, cut * i, W) + down(out, credit * (W - fee) * E, m), NOT_OVER_FACE),
        Refutation("redeem", "paid out at the low price", REDEEM,
                   ASKED + down(credit, cut * i, W) + [left > 0, left <= m]
                   + down(out, credit * (W - fee) * E, left), LTV_KEPT),
        Refutation("redeem", "a vault that owes more than it is worth", REDEEM, worse + PAID, LTV_KEPT),
        Refutation("redeem", "collateral rounded up", REDEEM,
                   ASKED + down(credit, cut * i, W) + up(out, credit * (W - fee) * E, high), NOT_OVER_FACE),
        Refutation("redeem", "norm rounded up", REDEEM, some + up(cut, paid * W, i) + up(left, (n - cut) * i, W),
                   left >= least),
    ] + fees()


def fees():
    slope, ratio, part, base = (Int(name) for name in ("slope", "ratio", "part", "base"))
    given = [W > 0, base >= 0, slope >= 0, ratio >= 0, ratio < W] + up(part, slope * (W - ratio), W)
    return [
        Obligation("redeem", "the fee lies between the least and the whole slope", FEE, given + [fee == base + part],
                   [slope * (W - ratio) <= slope * W, (part - 1) * W < slope * W, part <= slope, 0 <= slope * (W - ratio),
                    part >= 0, And(fee >= base, fee <= base + slope)]),
    ]


N, rest, f0, f1, A, P, A2, P2, x, face, burned, backed, deficit, cleared, gap = (
    Int(name) for name in ("N", "rest", "f0", "f1", "A", "P", "A'", "P'", "x", "face", "burned", "backed", "deficit",
                           "cleared", "gap")
)
# The backing `A`: debt of the market, rounded down once for all its vaults, and whatever else stands behind the supply.
BOOK = [W > 0, i >= W, rest >= 0, cut > 0, cut <= N] + down(f0, N * i, W) + down(f1, (N - cut) * i, W)
BOOK += [A == f0 + rest, A2 == f1 + rest, P > 0, A > 0] + up(face, cut * i, W)
DROP = [(f1 + 1) * W > (f0 - face) * W, f1 >= f0 - face]
DROP_LEAST = [f1 * W < (f0 + 2 - face) * W, f1 <= f0 + 1 - face]


def haircut():
    short = BOOK + [A < P, P2 == P - burned]
    shared = short + up(burned, face * P, A)
    never_lower = DROP + [face * P <= burned * A, A2 >= A - face, A2 * P >= (A - face) * P, A2 * P >= A * P2]
    bound = DROP_LEAST + [(burned - 1) * A < face * P, A2 <= A - face + 1, A2 * P <= (A - face + 1) * P,
                          A2 * P - A * P2 < P + A, A2 * P - A * P2 < 2 * P]
    asked = shared + [x >= 0, x <= P] + down(backed, x * A, P) + [face <= backed]
    marked = shared + [deficit > 0, P <= A + deficit, cleared == burned - face, cleared >= deficit]
    unmarked = shared + [deficit > 0, gap > 0, P <= A + gap + deficit, cleared == burned - face, cleared >= deficit]
    return [
        Obligation("redeem, haircut", "backing over supply does not fall", SHARE, shared, never_lower),
        Obligation("redeem, haircut", "it rises by less than two base units over the supply that is left", SHARE,
                   shared, bound),
        Obligation("redeem, haircut", "no more is burned than was offered, no less than is cut", SHARE, asked,
                   [face * P <= backed * P, face * P <= x * A, (burned - 1) * A < x * A, burned <= x,
                    face * A <= face * P, face * A <= burned * A, face <= burned]),
        Obligation("redeem, haircut", "what is cut is at most the share of what was offered", SHARE,
                   [W > 0, i >= W, backed >= 0] + down(cut, backed * W, i) + up(face, cut * i, W),
                   [cut * i <= backed * W, (face - 1) * W < backed * W, face <= backed]),
        Obligation("redeem, no haircut", "a supply that is backed stays backed", SHARE,
                   BOOK + [A >= P, burned == face, P2 == P - burned], DROP + [A2 >= P2]),
        Obligation("redeem, haircut", "the deficit ends only when the supply is backed, where custody is marked", SHARE,
                   marked, DROP + [A2 >= P2]),
        Refutation("redeem, haircut", "custody is worth less than its ledger and nobody has marked it", SHARE,
                   unmarked, A2 >= P2),
        Refutation("redeem, haircut", "burned rounded down", SHARE, short + down(burned, face * P, A), A2 * P >= A * P2),
        Refutation("redeem, haircut", "face value is paid", SHARE, short + [burned == face], A2 * P >= A * P2),
        Refutation("redeem, haircut", "norm's debt rounded down", SHARE,
                   short + down(backed, cut * i, W) + up(burned, backed * P, A), A2 * P >= A * P2),
        Refutation("redeem, haircut", "it stays exactly as it was", SHARE, shared, A2 * P == A * P2),
    ] + exits()


def exits():
    """An exit through the peg module pays the same share of face value."""
    worth = Int("worth")
    given = [A >= 0, P > 0, A < P, x > 0, x <= P, A2 == A - worth, P2 == P - x]
    exact = given + down(worth, x * A, P)
    return [
        Obligation("pegBurn, haircut", "backing over supply does not fall", PEG, exact,
                   [worth * P <= x * A, A2 * P >= A * P2]),
        Obligation("pegBurn, haircut", "it rises by less than one base unit over the supply that is left", PEG, exact,
                   [worth * P + P > x * A, A2 * P - A * P2 < P]),
        Refutation("pegBurn, haircut", "worth rounded up", PEG, given + up(worth, x * A, P), A2 * P >= A * P2),
    ]


def items():
    return redeem() + haircut()
