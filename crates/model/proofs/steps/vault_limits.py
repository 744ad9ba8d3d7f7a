"""What bounds an owner: the exit check and health, and the mint limit over time."""

from z3 import And, If, Int

from .prover import Obligation, Refutation
from .state import down, up
from .vault import E, VAULT, W, c, debt, i, m, n

EXIT = "Change::require_collateralised, Position::is_unhealthy; VaultBook._requireCollateralised, Auction.unhealthy"
SAFER = "VaultBook::adjust; VaultBook._adjust"
DRAIN = "Market::drain; Vaults.drain"
REFILL = "Market::refill; Vaults.refill"
LEFT = "Market::mintable_at; Vaults.mintable"
low, at_low, at_mid, b, k, n2, c2, debt2, at_mid2 = (
    Int(name) for name in ("low", "at_low", "at_mid", "b", "k", "n'", "c'", "debt'", "at_mid'")
)


def health():
    given = VAULT + [low >= 0, low <= m, b > 0, b < k] + down(at_low, c * low, W * E) + down(at_mid, c * m, W * E)
    passed = [debt * W <= at_low * b]
    rises = [at_low * (W * E) <= c * low, c * low <= c * m, at_low * (W * E) < (at_mid + 1) * (W * E), at_low <= at_mid]
    safer = VAULT + [k > 0, n2 >= 0, n2 <= n, c2 >= c, debt * W <= at_mid * k] + down(at_mid, c * m, W * E)
    safer += up(debt2, n2 * i, W) + down(at_mid2, c2 * m, W * E)
    return [
        Obligation("adjust", "who passes the check at the exit is healthy", EXIT, given + passed,
                   rises + [at_low * b <= at_mid * b, at_mid * b <= at_mid * k, debt * W <= at_mid * k]),
        Obligation("adjust", "less debt or more collateral never makes a vault unhealthy", SAFER, safer,
                   [n2 * i <= n * i, (debt2 - 1) * W < debt * W, debt2 <= debt, c * m <= c2 * m,
                    at_mid * (W * E) < (at_mid2 + 1) * (W * E), at_mid <= at_mid2, at_mid * k <= at_mid2 * k,
                    debt2 * W <= at_mid2 * k]),
        Refutation("adjust", "checked at the high price", EXIT,
                   VAULT + [low >= m, b > 0, b < k] + down(at_low, c * low, W * E) + down(at_mid, c * m, W * E) + passed,
                   debt * W <= at_mid * k),
        Refutation("adjust", "checked with the debt rounded down", EXIT,
                   given + down(debt2, n * i, W) + [debt2 * W <= at_low * b], debt * W <= at_mid * k),
        Refutation("adjust", "a check that is looser than health", EXIT,
                   VAULT + [low >= 0, low <= m, b > k, k > 0] + down(at_low, c * low, W * E)
                   + down(at_mid, c * m, W * E) + passed, debt * W <= at_mid * k),
    ]


# The bucket: full again in `u` ticks, of `w` in which it fills with `limit`. `net` was minted since a moment when it was
# `u0`, `t` ticks ago.
u, u2, w, limit, a, used, net, u0, t, dt, a1, a2, used1, used2, most, back = (
    Int(name) for name in ("u", "u'", "w", "limit", "a", "used", "net", "u0", "t", "dt", "a1", "a2", "used1", "used2",
                           "most", "back")
)
BUCKET = [limit > 0, w > 0, u >= 0, u <= w, u0 >= 0, u0 <= w, t >= 0]
BOUND = net * w <= limit * (u - u0 + t)


def mint_limit():
    minted = BUCKET + [a > 0, u2 == u + used, u2 <= w]
    refilled = BUCKET + [a > 0, u2 == If(u > back, u - back, 0)]
    waited = BUCKET + [dt >= 0, u2 == If(u > dt, u - dt, 0)]
    both = BUCKET + [a1 > 0, a2 > 0] + up(used1, a1 * w, limit) + up(used2, a2 * w, limit)
    one = up(used, (a1 + a2) * w, limit)
    loose = BUCKET + [a1 > 0, a2 > 0] + down(used1, a1 * w, limit) + down(used2, a2 * w, limit)
    left = BUCKET + down(most, (w - u) * limit, w) + [a > 0] + up(used, a * w, limit)
    over = "net minting stays within the limit and its refill since"
    return [
        Obligation("mint limit, mint", over, DRAIN, minted + up(used, a * w, limit) + [BOUND],
                   [a * w <= limit * used, (net + a) * w <= limit * (u + used - u0 + t),
                    (net + a) * w <= limit * (u2 - u0 + t)]),
        Obligation("mint limit, repay", over, REFILL, refilled + down(back, a * w, limit) + [BOUND],
                   [back * limit <= a * w, u2 >= u - back, limit * u <= limit * (u2 + back),
                    (net - a) * w <= limit * (u2 - u0 + t)]),
        Obligation("mint limit, time", over, LEFT, waited + [BOUND],
                   [u <= u2 + dt, limit * (u - u0 + t) <= limit * (u2 - u0 + (t + dt)),
                    net * w <= limit * (u2 - u0 + (t + dt))]),
        Obligation("mint limit", "at one moment, no more than the limit", DRAIN, BUCKET + [BOUND, t == 0],
                   [limit * (u - u0) <= limit * w, net * w <= limit * w, net <= limit]),
        Obligation("mint limit", "in any window, no more than the limit and one refill", DRAIN,
                   BUCKET + [BOUND, t <= w], [limit * (u - u0 + t) <= limit * (2 * w), net * w <= (2 * limit) * w,
                                              net <= 2 * limit]),
        Refutation("mint limit", "in any window, no more than the limit alone", DRAIN,
                   BUCKET + [u == 0, dt >= 0, dt <= w] + up(used1, a1 * w, limit) + up(used2, a2 * w, limit)
                   + [a1 > 0, a2 > 0, used1 <= w, u2 == If(used1 > dt, used1 - dt, 0), u2 + used2 <= w],
                   a1 + a2 <= limit),
        Obligation("mint limit", "n operations never beat one", DRAIN, both + one + [u + used1 + used2 <= w],
                   [(a1 + a2) * w <= limit * (used1 + used2), (used - 1) * limit < limit * (used1 + used2),
                    used <= used1 + used2, u + used <= w]),
        Refutation("mint limit", "what is used rounded down", DRAIN, loose + one + [u + used1 + used2 <= w],
                   u + used <= w),
        Refutation("mint limit, repay", "what comes back rounded up", REFILL,
                   refilled + up(back, a * w, limit) + [BOUND], (net - a) * w <= limit * (u2 - u0 + t)),
        Obligation("mint limit", "what is said to be left can be minted", LEFT, left + [a <= most],
                   [a * w <= most * w, a * w <= (w - u) * limit, (used - 1) * limit < (w - u) * limit, u + used <= w]),
        Obligation("mint limit", "and not a unit more", LEFT, left + [a > most],
                   [a * w >= (most + 1) * w, a * w > (w - u) * limit, used * limit > (w - u) * limit, u + used > w]),
        Refutation("mint limit", "what is left rounded up", LEFT,
                   BUCKET + up(most, (w - u) * limit, w) + [a > 0, a == most] + up(used, a * w, limit),
                   And(u + used <= w)),
    ]


PRODUCTS = "debt_up, debt_down, norm_up, value_up; Auction.debtUp, Auction.debtDown, Auction.valueDown, MulDiv.mulDivDown"
WORD = 2**256
WAD = 10**18
VALUE = 2**194  # of the largest vault at the highest price
DEBT = 2**114  # of the largest market at the largest index, rounded up


def product(name, covers, first, second, more=0):
    """Two factors below their bounds, and what is added to round up, stay within a word."""
    left, right = Int("left"), Int("right")
    given = [left >= 0, left < first, right >= 0, right < second]
    steps = [left * right <= first * right, first * right <= first * second, left * right + more < WORD]
    return Obligation("products", f"{name} fits a word", covers, given, steps)


def products():
    """No call fails because a product is too large: not repayment, not a take of the largest vault there can be."""
    index, rate, secs, norm = (Int(name) for name in ("index", "rate", "secs", "norm"))
    largest = [norm >= 0, norm < 2**97, index >= WAD, index < 2**76] + up(debt, norm * index, WAD)
    value = Int("value")
    worth = [c >= 0, c < 2**113, m >= 0, m < 2**200] + up(value, c * m, 10**36)
    grown = [index >= 0, index < 2**76, rate >= 0, rate < 2**36, secs >= 0, secs < 2**36]
    index_at = "Market::index_at; Vaults.index"
    sold = "auction::settle, auction::wanted_up; Auction.settle, Auction._wanted"
    return [
        Obligation("products", "a debt and its norm", PRODUCTS, largest,
                   [norm * index <= 2**97 * index, norm * index < 2**173, debt * WAD < 2**173 + WAD, debt < DEBT]),
        Obligation("products", "a value", PRODUCTS, worth,
                   [c * m <= 2**113 * m, c * m < 2**313, value * 10**36 < 2**313 + 10**36, value < VALUE]),
        product("a debt or its norm times one", PRODUCTS, DEBT, WAD + 1, WAD),
        product("a value times a ratio", PRODUCTS, VALUE + 1, WAD + 1, WAD),
        product("collateral times a price paid", sold, 2**113, DEBT),
        product("a norm times a price paid", sold, 2**97, DEBT, DEBT),
        product("what is wanted", sold, DEBT * WAD, WAD + 1, WAD * WAD),
        product("what is redeemed, at a price", sold, DEBT * WAD, WAD + 1),
        product("a share of the supply", sold, 2**120, 2**120, 2**120),
        product("what a mint or a repayment takes of the bucket", DRAIN, DEBT, 2**35, 2**97),
        Obligation("products", "the growth of an index", index_at, grown,
                   [index * rate <= 2**76 * rate, index * rate < 2**112, (index * rate) * secs <= 2**112 * secs,
                    index * rate * secs + index < WORD]),
        Refutation("products", "a value with no bound on the price", PRODUCTS,
                   [c >= 0, c < 2**113, m >= 0], c * m < WORD),
    ]


def items():
    return health() + mint_limit() + products()
