"""Theorem 4 for two slices, from which n slices follow by induction; theorem 5; and the price of the converter."""

from z3 import And, If, Int

from .prover import Obligation, Refutation
from .state import BEFORE, carried, down, floor_kept, up

REDEEM = "World::redeem; Reserve.redeem"
BORROW = "World::max_borrow, World::lend; Reserve._maxPrincipal"
BID = "World::price, raise_multiple_down; Converter._price, Converter._raise"
DECAY = "decay; Decay.decay"
TAX = "Token::transfer, Token::fee_of; AccrualToken._transfer, AccrualToken._feeOf"
F, S, x1, x2, g1, g2, g, r, p1, p2, p = (
    Int(name) for name in ("F", "S", "x1", "x2", "g1", "g2", "g", "r", "p1", "p2", "p")
)
SHARES = [F >= 0, S > 0, x1 > 0, x2 > 0, x1 + x2 <= S]


def redeem():
    given = SHARES + down(g1, x1 * F, S) + down(g2, x2 * (F - g1), S - x1) + down(g, (x1 + x2) * F, S)
    left = S - x1
    steps = [
        left > 0,
        S * (g2 * left) <= S * (x2 * (F - g1)),
        (g1 * S) * (left - x2) <= (x1 * F) * (left - x2),
        left * ((g1 + g2) * S) <= left * ((x1 + x2) * F),
        (g1 + g2) * S <= (x1 + x2) * F,
        (g1 + g2) * S < (g + 1) * S,
        g1 + g2 <= g,
    ]
    net = [r >= 0, r <= 10_000, g1 >= 0, g2 >= 0, g1 + g2 <= g]
    net += down(p1, g1 * r, 10_000) + down(p2, g2 * r, 10_000) + down(p, g * r, 10_000)
    loose = SHARES + up(g1, x1 * F, S) + down(g2, x2 * (F - g1), S - x1) + down(g, (x1 + x2) * F, S)
    return [
        Obligation("redeem twice", "4: two slices never beat one", REDEEM, given, steps),
        Obligation("redeem twice", "4: nor after the fee, rounded up each time", REDEEM, net,
                   [(g1 + g2) * r <= g * r, p1 + p2 <= p]),
        Refutation("redeem twice", "first slice rounded up", REDEEM, loose, g1 + g2 <= g),
    ]


def borrow():
    given = SHARES + down(g1, x1 * F, S) + down(g2, x2 * F, S) + down(g, (x1 + x2) * F, S)
    limited = [r >= 0, r <= 9_900, g1 >= 0, g2 >= 0, g1 + g2 <= g]
    limited += down(p1, g1 * r, 10_000) + down(p2, g2 * r, 10_000) + down(p, g * r, 10_000)
    loose = SHARES + up(g1, x1 * F, S) + up(g2, x2 * F, S) + up(g, (x1 + x2) * F, S)
    return [
        Obligation("borrow twice", "4: two slices back no more than one", BORROW, given,
                   [(g1 + g2) * S <= (x1 + x2) * F, (g1 + g2) * S < (g + 1) * S, g1 + g2 <= g]),
        Obligation("borrow twice", "4: nor after the limit", BORROW, limited, [(g1 + g2) * r <= g * r, p1 + p2 <= p]),
        Refutation("borrow twice", "backing rounded up", BORROW, loose, g1 + g2 <= g),
    ]


def bid():
    k, k2, wad, q1, q2, q = (Int(name) for name in ("k", "k2", "wad", "q1", "q2", "q"))
    scaled = [wad > 0, k >= wad]
    price = scaled + [F > 0, S > 0, x1 > 0] + up(q1, x1 * F, S) + up(p1, q1 * k, wad)
    fills = SHARES + up(q1, x1 * F, S) + up(q2, x2 * F, S) + up(q, (x1 + x2) * F, S)
    costs = scaled + [k2 >= k, q1 >= 0, q2 >= 0, q >= 0, q1 + q2 >= q]
    costs += up(p1, q1 * k, wad) + up(p2, q2 * k2, wad) + up(p, q * k, wad)
    cheap = [wad > 0, k > 0, F > 0, S > 0, x1 > 0] + up(q1, x1 * F, S) + up(p1, q1 * k, wad)
    falling = [wad > 0, k > 0, k2 > 0, q1 > 0, q2 > 0, q == q1 + q2]
    falling += up(p1, q1 * k, wad) + up(p2, q2 * k2, wad) + up(p, q * k, wad)
    return [
        Obligation("bid", "never below the floor", BID, price,
                   [q1 >= 0, q1 * wad <= q1 * k, q1 * wad <= p1 * wad, q1 <= p1, q1 * S <= p1 * S, p1 * S >= x1 * F]),
        Obligation("bid twice", "4: two slices need no less backing than one", BID, fills,
                   [(q1 + q2) * S >= (x1 + x2) * F, (q - 1) * S < (q1 + q2) * S, q1 + q2 >= q]),
        Obligation("bid twice", "4: nor cost less, the multiple having risen", BID, costs,
                   [q2 * k <= q2 * k2, q * k <= (q1 + q2) * k, (q - q1 - q2) * k <= 0, (p - 1) * wad < q * k,
                    (p - 1) * wad < (p1 + p2) * wad, p1 + p2 >= p]),
        Refutation("bid", "a multiple below one", BID, cheap, p1 * S >= x1 * F),
        Refutation("bid twice", "the multiple falls with a fill", BID, falling, p1 + p2 >= p),
    ]


def decay():
    k, period, first, second, lost1, lost2 = (
        Int(name) for name in ("k", "period", "first", "second", "lost1", "lost2")
    )
    given = [k >= 0, period > 0, first >= 0, second >= first, second <= period]
    given += down(lost1, k * first, 2 * period) + down(lost2, k * second, 2 * period)
    half = [k >= 0, period > 0] + down(lost1, k * period, 2 * period) + down(lost2, k, 2)
    return [
        Obligation("decay", "the multiple falls inside a halving", DECAY, given,
                   [k * first <= k * second, lost1 * (2 * period) < (lost2 + 1) * (2 * period), lost1 <= lost2,
                    k - lost2 <= k - lost1]),
        Obligation("decay", "and across its end", DECAY, half,
                   [lost1 * 2 * period <= k * period, lost1 * 2 <= k, k - lost1 >= lost2]),
        Refutation("decay", "slope of one halving per period, not half", DECAY,
                   [k > 0, period > 0] + down(lost1, k * period, period) + down(lost2, k, 2), k - lost1 >= lost2),
    ]


def transfers():
    amount, buy, sell, part1, part2, fee, sender, receiver, converter = (
        Int(name) for name in ("amount", "buy", "sell", "part1", "part2", "fee", "sender", "receiver", "converter")
    )
    given = [amount >= 0, buy >= 0, buy <= 1_000, sell >= 0, sell <= 1_000]
    given += [sender >= amount, receiver >= 0, converter >= 0]
    given += up(part1, amount * buy, 10_000) + up(part2, amount * sell, 10_000)
    given += [fee == If(part1 + part2 > amount, amount, part1 + part2)]
    loose = given[:-1] + [fee == part1 + part2]
    after = (sender - amount) + (receiver + amount - fee) + (converter + fee)
    # Claims are the balances of live addresses: these three and the rest, which does not move.
    new, equations = carried(BEFORE, S=BEFORE.S - (sender + receiver + converter) + after)
    return [
        Obligation("transfer", "5: claims and every floor stay", TAX, given + equations + [BEFORE.R >= 0, BEFORE.S > 0],
                   [And(new.S == BEFORE.S, new.F == BEFORE.F), floor_kept(BEFORE, new)]),
        Obligation("transfer", "the fee is at most the amount", TAX, given, [And(fee >= 0, fee <= amount)]),
        Refutation("transfer", "two fees on a single unit, not clamped", TAX, loose, fee <= amount),
    ]


def items():
    return redeem() + borrow() + bid() + decay() + transfers()
