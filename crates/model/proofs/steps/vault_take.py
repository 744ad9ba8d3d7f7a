"""What a taker gets of one vault: both branches of the settlement and every way to be clamped.

Nothing is assumed of what the vault would need to be healthy again: all of it holds of any amount up to the debt.
"""

from z3 import And, Int

from .prover import Obligation, Refutation
from .state import down, up
from .vault import E, LTV_KEPT, VAULT, W, c, cancelled, cut, debt, debt_left, i, m, n, out

UNCOVERED = "auction::settle, auction::settle_uncovered; Auction.settle, Auction._closePart"
COVERED = "auction::settle, auction::settle_covered; Auction.settle, Auction._repay"
WANTED = "auction::wanted_up; Auction._wanted"
DISCOUNT = "auction::discount; Auction.discount"
D, valueUp, value, cost, budget, pay, paid, priced, least, keep, left, closed, s = (
    Int(name) for name in ("D", "valueUp", "value", "cost", "budget", "pay", "paid", "priced", "least", "keep", "left",
                           "closed", "s")
)
g, k, liq, rest, first = (Int(name) for name in ("g", "k", "liq", "rest", "first"))
PRICE = W * E * W
# All the collateral costs its value at mid, rounded up, less the discount, rounded up.
LOT = VAULT + [c > 0, D >= 0, D <= W, least > 0] + up(valueUp, c * m, W * E)
PRICED = LOT + up(cost, valueUp * (W - D), W)
# What leaves is worth no more, less the discount, than what was paid.
NOT_OVER_PRICE = out * m * (W - D) <= paid * PRICE
COST_COVERS = [c * m * (W - D) <= valueUp * (W * E) * (W - D), valueUp * (W - D) * (W * E) <= cost * W * (W * E),
               c * m * (W - D) <= cost * PRICE]
UNDER_DEBT = [cost <= debt - 1, cost * W <= (debt - 1) * W, cost * W <= n * i]

LTV = "take never raises the ratio of debt to collateral"
PRICE_KEPT = "take never gives more than was paid for"
LOSS = "the loss that is booked is not negative"
OFFERED = "never more is paid than was offered"
REST = "no debt is left, or the least debt"


def uncovered():
    """The discounted collateral does not cover the debt: a fraction of both is closed."""
    part = PRICED + [cost < debt, budget > 0, budget < cost, paid == budget] + up(cut, n * budget, cost)
    part += down(out, c * budget, cost)
    booked = up(closed, cut * i, W)
    ltv = [(out * cost) * n <= (c * budget) * n, c * (n * budget) <= c * (cut * cost)]
    price = COST_COVERS + [out * cost * (m * (W - D)) <= c * budget * (m * (W - D)),
                           budget * (c * m * (W - D)) <= budget * (cost * PRICE)]
    loss = UNDER_DEBT + [budget * (cost * W) <= budget * (n * i), (n * budget) * i <= (cut * cost) * i]
    loss += cancelled(cost, budget * W, cut * i) + [budget * W <= closed * W, budget <= closed]
    clamped = PRICED + [cost < debt, keep < n, cut == n - keep] + up(keep, least * W, i)
    clamped += up(paid, cost * cut, n) + down(out, c * cut, n)
    floored = PRICED + [cost < debt, keep < n, cut == n - keep] + up(keep, least * W, i)
    floored += down(paid, cost * cut, n) + down(out, c * cut, n)
    short = PRICED + [cost < debt, budget > 0, budget < cost, paid == budget]
    whole = PRICED + [cost < debt, cut == n, out == c, paid == cost]
    # `first` is what the budget would have cut, had it left enough.
    tight = clamped + [budget > 0, budget < cost] + up(first, n * budget, cost) + up(left, (n - first) * i, W)
    tight += [left < least]
    return [
        Obligation("take, uncovered part", LTV, UNCOVERED, part, ltv + cancelled(cost, out * n, c * cut)),
        Obligation("take, uncovered part", "never more than there is", UNCOVERED, part,
                   [n * budget <= n * cost, cut * cost < n * cost + cost, cut <= n, c * budget <= c * cost, out <= c]),
        Obligation("take, uncovered part", PRICE_KEPT, UNCOVERED, part,
                   price + cancelled(cost, out * m * (W - D), budget * PRICE) + [NOT_OVER_PRICE]),
        Obligation("take, uncovered part", LOSS, UNCOVERED, part + booked, loss),
        Refutation("take, uncovered part", "norm rounded down", UNCOVERED,
                   short + down(cut, n * budget, cost) + down(out, c * budget, cost), LTV_KEPT),
        Refutation("take, uncovered part", "collateral rounded up", UNCOVERED,
                   short + up(cut, n * budget, cost) + up(out, c * budget, cost), And(LTV_KEPT, NOT_OVER_PRICE)),
        Obligation("take, uncovered clamped", LTV, UNCOVERED, clamped, [LTV_KEPT]),
        Obligation("take, uncovered clamped", PRICE_KEPT, UNCOVERED, clamped, COST_COVERS + [
            out * n * (m * (W - D)) <= c * cut * (m * (W - D)), cut * (c * m * (W - D)) <= cut * (cost * PRICE),
            cost * cut * PRICE <= paid * n * PRICE] + cancelled(n, out * m * (W - D), paid * PRICE)),
        Obligation("take, uncovered clamped", LOSS, UNCOVERED, clamped + booked, UNDER_DEBT + [
            cut * (cost * W) <= cut * (n * i), (paid - 1) * n < cost * cut, (paid - 1) * n * W < cost * cut * W,
            n * ((paid - 1) * W) < n * (cut * i), (paid - 1) * W < cut * i, (paid - 1) * W < closed * W,
            paid <= closed]),
        Obligation("take, uncovered clamped", REST, UNCOVERED, clamped + up(left, keep * i, W),
                   [least * W <= keep * i, least * W <= left * W, least <= left]),
        Obligation("take, uncovered clamped", OFFERED, UNCOVERED, tight, [
            (n - first) * i <= left * W, left * W <= (least - 1) * W, (n - first) * i < keep * i, n - first < keep,
            cut <= first - 1, (first - 1) * cost < n * budget, cut * cost <= (first - 1) * cost,
            (paid - 1) * n < n * budget, paid <= budget]),
        Refutation("take, uncovered clamped", "payment rounded down", UNCOVERED, floored, NOT_OVER_PRICE),
        Refutation("take, uncovered clamped", "what stays rounded down", UNCOVERED,
                   PRICED + [cost < debt, keep < n] + down(keep, least * W, i) + up(left, keep * i, W), left >= least),
        Obligation("take, uncovered whole", PRICE_KEPT, UNCOVERED, whole, COST_COVERS + [NOT_OVER_PRICE]),
        Obligation("take, uncovered whole", "debt is paid or booked, nothing else", UNCOVERED,
                   whole + up(closed, cut * i, W), [closed == debt, closed - paid > 0]),
    ]


def covered():
    """The discounted collateral covers the debt: as much of it is repaid as is wanted and there is money for."""
    some = PRICED + [cost >= debt, pay > 0, pay < debt]
    cuts = down(cut, pay * W, i) + up(paid, cut * i, W)
    part = some + cuts + down(priced, cut * i, W) + down(out, c * priced, cost)
    whole = PRICED + [cost >= debt, cut == n, paid == debt, priced == debt] + down(out, c * debt, cost)
    exists = [n * i >= W, debt * W >= W, debt >= 1, cost > 0]
    enough = [n * i <= debt * W, debt * W <= cost * W, n * i <= cost * W]
    ltv = exists + enough + [out * (n * i) <= out * (cost * W), (out * cost) * W <= (c * priced) * W,
                             c * (priced * W) <= c * (cut * i)] + cancelled(i, out * n, c * cut)
    price = exists + COST_COVERS + [
        priced <= paid, out * cost * (m * (W - D)) <= c * priced * (m * (W - D)),
        priced * (c * m * (W - D)) <= priced * (cost * PRICE)]
    price += cancelled(cost, out * m * (W - D), priced * PRICE) + [priced * PRICE <= paid * PRICE, NOT_OVER_PRICE]
    cheap = LOT + up(cost, (valueUp - 1) * (W - D), W) + [cost >= debt, debt > 0, cut == n, paid == debt]
    return [
        Obligation("take, part", LTV, COVERED, part + [out >= 0], ltv),
        Obligation("take, part", PRICE_KEPT, COVERED, part, price),
        Obligation("take, part", "never more is paid than was offered, nor closed than there is", COVERED, part,
                   [cut * i <= pay * W, paid * W < pay * W + W, paid <= pay, pay * W <= (debt - 1) * W,
                    cut * i < n * i, cut < n]),
        Obligation("take, part", REST, COVERED, part + [debt - pay >= least] + up(left, (n - cut) * i, W),
                   debt_left(left, cut, debt, pay) + [left >= least]),
        Refutation("take, part", "what is paid is priced, not what is cut", COVERED,
                   some + cuts + down(out, c * paid, cost), LTV_KEPT),
        Refutation("take, part", "what is offered is priced", COVERED,
                   some + cuts + down(out, c * pay, cost), And(LTV_KEPT, NOT_OVER_PRICE)),
        Refutation("take, part", "collateral that does not cover the debt", COVERED,
                   PRICED + [cost < debt, cost > 0, pay > 0, pay < debt] + cuts + down(priced, cut * i, W)
                   + down(out, c * priced, cost), LTV_KEPT),
        Refutation("take, part", "norm rounded up", COVERED,
                   some + [debt - pay >= least] + up(cut, pay * W, i) + up(left, (n - cut) * i, W), left >= least),
        Obligation("take, whole", "never more collateral than there is", COVERED, whole,
                   exists + [c * debt <= c * cost, out * cost <= c * cost, out <= c]),
        Obligation("take, whole", PRICE_KEPT, COVERED, whole, price),
        Refutation("take, whole", "value rounded down", COVERED, cheap + down(out, c * debt, cost), NOT_OVER_PRICE),
    ]


def discounts():
    """While the discount is held to what solvency allows, no collateral that covers its debt is sold at a loss."""
    solvent = PRICED + [value <= valueUp, value > 0, debt < value]
    held = solvent + up(W - s, debt * W, value) + [D <= s]
    loose = solvent + down(W - s, debt * W, value) + [D <= s]
    return [
        Obligation("take", "a solvent vault is covered while the discount is capped", DISCOUNT, held,
                   [debt * W <= (W - s) * value, (W - s) * value <= (W - D) * value,
                    (W - D) * value <= (W - D) * valueUp, debt * W <= cost * W, debt <= cost]),
        Refutation("take", "the cap rounded up", DISCOUNT, loose, debt <= cost),
    ]


def healing():
    """Who pays all that is wanted leaves a healthy vault, which the contract therefore does not check again.

    `k` is the ratio that is aimed at, 99 hundredths of `liq`, rounded down.
    """
    sold = LOT + up(cost, valueUp * g, W) + [g == W - D, g > 0, cost >= debt, debt > 0, pay > 0, pay < debt, out >= 0]
    sold += down(value, c * m, W * E) + down(priced, cut * i, W) + down(cut, pay * W, i) + down(out, c * priced, cost)
    sold += down(rest, (c - out) * m, W * E)
    worth = [priced <= pay, c * priced <= c * pay, out * cost <= c * pay, valueUp > 0, c * m <= valueUp * (W * E),
             out * (valueUp * g) <= out * (cost * W), out * valueUp * g <= c * pay * W,
             (out * valueUp * g) * m <= (c * pay * W) * m, (c * m) * (pay * W) <= (valueUp * (W * E)) * (pay * W)]
    worth += cancelled(valueUp, out * m * g, W * E * pay * W)
    worth += [value * (W * E) <= c * m, (rest + 1) * (W * E) >= value * (W * E) - out * m,
              g * ((rest + 1) * (W * E)) >= g * (value * (W * E)) - g * (out * m),
              (W * E) * (g * (rest + 1)) >= (W * E) * (g * value - pay * W), g * (rest + 1) >= g * value - pay * W]
    asked = [W > 0, i >= W, k >= 0, k < g, g <= W, g * (rest + 1) >= g * value - pay * W, n * i <= debt * W]
    asked += up(pay, (debt * W - k * value) * g, (g - k) * W) + down(cut, pay * W, i) + up(left, (n - cut) * i, W)
    aimed = [pay * ((g - k) * W) >= (debt * W - k * value) * g, g * (debt * W - pay * W) <= k * (g * value - pay * W),
             k * (g * value - pay * W) <= k * (g * (rest + 1)), g * (debt * W - pay * W) <= g * (k * (rest + 1)),
             debt * W - pay * W <= k * (rest + 1), (n - cut) * i < debt * W - pay * W + i,
             left * W < k * (rest + 1) + i + W]
    slack = [W > 0, i >= W, k >= 0, k < W, liq > 0, rest >= 0, left >= least, least > 0,
             left * W < k * (rest + 1) + i + W, liq * (least * W - i - 2 * W) >= 100 * W * (k + i + W)]
    healthy = [least * W <= left * W, k * (rest + 1) <= W * (rest + 1), W * rest >= least * W - i - 2 * W,
               liq * (W * rest) >= liq * (least * W - i - 2 * W), W * (liq * rest) >= W * (100 * (k + i + W)),
               liq * rest >= 100 * (k + i + W), rest * (100 * k) <= rest * (99 * liq), left * W <= liq * rest]
    units = [W == 10**18, least >= 10**18, i >= W, i < 2**76, k >= 0, k <= liq, liq >= 10**8, liq < W]
    wide = [least * W - i - 2 * W >= 10**36 - 2**77, liq * (least * W - i - 2 * W) >= 10**8 * (10**36 - 2**77),
            liq * (least * W - i - 2 * W) >= 100 * W * (k + i + W)]
    name = "take, all that is wanted"
    return [
        Obligation(name, "the value that is left, of what was there and what was paid", COVERED, sold, worth),
        Obligation(name, "the debt that is left, of the value that is left", WANTED, asked, aimed),
        Obligation(name, "the vault is healthy, without a look at it", WANTED, slack + [100 * k <= 99 * liq], healthy),
        Obligation(name, "one hundredth is wide enough for every rounding", WANTED, units, wide),
        Refutation(name, "aimed at the liquidation ratio itself", WANTED, slack + [k == liq], left * W <= liq * rest),
    ]


def items():
    return uncovered() + covered() + discounts() + healing()
