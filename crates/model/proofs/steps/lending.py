"""Operations on loans: borrow, repay, extend, extendByBurn, foreclose; and the sum over loans."""

from z3 import And, Int

from .prover import Obligation, Refutation
from .state import BEFORE, NO_LOAN, ZERO, carried, covered, down, floor_kept, loan_backed, others_backed, up, valid

L, c = BEFORE.L, BEFORE.c
q, m, b, g, p, released, fee, surplus, rate = (
    Int(name) for name in ("q", "m", "b", "g", "p", "released", "fee", "surplus", "rate")
)
SUM = "World::borrow; Reserve._record"
BORROW = "World::borrow, World::lend; Reserve.borrow, Reserve._lend"
REPAY = "World::repay, Loan::reduce; Reserve.repay, LoanBook.reduce"
EXTEND = "World::extend; Reserve.extend"
BURN = "World::extend_by_burn, World::burn_for_fee; Reserve.extendByBurn, Reserve._burnForFee"
FORECLOSE = "World::foreclose, World::write_off; Reserve.foreclose, Reserve._writeOff"


def backed_after(old, new, principal, collateral):
    """A loan of `principal` against `collateral` stays backed when the floor does not fall."""
    return [
        principal * old.S * new.S <= collateral * old.F * new.S,
        collateral * old.F * new.S <= collateral * new.F * old.S,
        old.S * (principal * new.S) <= old.S * (collateral * new.F),
        principal * new.S <= collateral * new.F,
    ]


def sums():
    """Theorem 2 is theorem 3 summed over all loans."""
    given = valid(BEFORE)
    total = BEFORE.D * BEFORE.S <= BEFORE.C * BEFORE.F
    alone = [BEFORE.R >= 0, BEFORE.S > 0, L > 0, c > 0, BEFORE.Do >= 0, BEFORE.Co >= 0, BEFORE.C <= BEFORE.S, total]
    after = BEFORE.but(R=BEFORE.R - surplus, S=BEFORE.S - c, L=ZERO, c=ZERO)
    default = down(q, c * BEFORE.F, BEFORE.S) + [surplus == q - L]
    repaid = BEFORE.but(R=BEFORE.R + L, L=ZERO, c=ZERO)
    return [
        Obligation("sum over loans", "3: one more backed loan keeps the sum backed", SUM, given, [total]),
        Obligation("sum over loans", "2: cash covers the free holders", SUM, given, [total, covered(BEFORE)]),
        Refutation("foreclose", "theorem 2 from the totals alone", FORECLOSE, alone + default, covered(after)),
        Refutation("repay", "theorem 2 from the totals alone", REPAY, alone, covered(repaid)),
    ]


def borrow():
    old = NO_LOAN
    limit = down(q, c * old.F, old.S) + [rate >= 0, rate <= 9_900] + down(m, q * rate, 10_000)
    given = valid(old, loan=False) + [c > 0, c <= old.S - old.C, L >= 0] + limit + [L <= m]
    new = old.but(R=old.R - L, L=L, c=c)
    small = [m <= q, L <= q]
    fees = [L > 0, rate >= 0, rate <= 1_000] + up(fee, L * rate, 10_000)
    loose = valid(old, loan=False) + [c > 0, c <= old.S - old.C, L >= 0] + up(q, c * old.F, old.S) + [L <= q]
    return [
        Obligation("borrow", "1: the floor does not change", BORROW, given, [And(new.F == old.F, new.S == old.S)]),
        Obligation("borrow", "3: the new loan is backed", BORROW, given,
                   small + [L * old.S <= q * old.S, loan_backed(new)]),
        Obligation("borrow", "3: every other loan stays backed", BORROW, given, [others_backed(new)]),
        Obligation("borrow", "2: cash covers the free holders", BORROW,
                   valid(old, loan=False) + [c > 0, c <= old.S - old.C, L >= 0, loan_backed(new)], [covered(new)]),
        Obligation("borrow", "2: cash suffices for the principal", BORROW, given,
                   small + [L * old.S <= c * old.F, c * old.F <= old.F * (old.S - old.C), L * old.S <= old.R * old.S,
                            new.R >= 0]),
        Obligation("borrow", "the fee is at most the principal", BORROW, fees, [And(fee >= 0, fee <= L)]),
        Refutation("borrow", "limit rounded up", BORROW, loose, loan_backed(new)),
        Refutation("borrow", "collateral that is locked already", BORROW,
                   valid(old, loan=False) + [c > 0, c <= old.S, L >= 0] + down(q, c * old.F, old.S) + [L <= q],
                   new.R >= 0),
    ]


def repay():
    old = BEFORE
    paying = valid(old) + [L > 0, p >= 0, p <= L]
    # The least over all owed assets is at most the quotient of this one.
    given = paying + [released >= 0, released * L <= c * p]
    new = old.but(R=old.R + p, L=L - p, c=c - released)
    whole = valid(old) + [p == L, released == c]
    closed = old.but(R=old.R + L, L=ZERO, c=ZERO)
    # An asset of which the loan owes nothing: only collateral leaves.
    unowed = valid(old) + [L == 0, released >= 0, released <= c]
    freed = old.but(L=ZERO, c=c - released)
    backed = loan_backed(new)
    steps = [
        new.c * L >= c * new.L,
        new.c * L * old.F >= c * new.L * old.F,
        c * new.L * old.F >= L * old.S * new.L,
        L * (new.c * old.F) >= L * (old.S * new.L),
        backed,
    ]
    return [
        Obligation("repay in part", "1: the floor does not change", REPAY, given,
                   [And(new.F == old.F, new.S == old.S)]),
        Obligation("repay in part", "3: the loan stays backed", REPAY, given, steps),
        Obligation("repay in part", "3: every other loan stays backed", REPAY, given, [others_backed(new)]),
        Obligation("repay in part", "2: cash covers the free holders", REPAY, given + [backed], [covered(new)]),
        Obligation("repay in part", "collateral stays while principal does", REPAY,
                   given + [p < L], [released * L < c * L, new.c > 0]),
        Obligation("repay, asset not owed", "3: every other loan stays backed", REPAY, unowed, [others_backed(freed)]),
        Obligation("repay, asset not owed", "2: cash covers the free holders", REPAY, unowed, [covered(freed)]),
        Obligation("repay in full", "1: the floor does not change", REPAY, whole,
                   [And(closed.F == old.F, closed.S == old.S)]),
        Obligation("repay in full", "3: every other loan stays backed", REPAY, whole, [others_backed(closed)]),
        Obligation("repay in full", "2: cash covers the free holders", REPAY, whole, [covered(closed)]),
        Refutation("repay", "release rounded up", REPAY, paying + up(released, c * p, L) + [released <= c], backed),
        Refutation("repay", "release by the best asset, not the least", REPAY,
                   paying + [released >= 0, released <= c, p < L], backed),
    ]


def extend():
    old = BEFORE
    # The fee passes from the caller through the cash into the stream.
    new, equations = carried(old, R=old.R + fee - fee)
    given = valid(old) + [rate >= 0, rate <= 1_000] + up(fee, L * rate, 10_000) + equations
    taken = old.but(R=old.R - fee)
    return [
        Obligation("extend", "1: the floor does not change", EXTEND, given,
                   [And(fee >= 0, new.F == old.F, new.S == old.S)]),
        Obligation("extend", "3: every loan stays backed", EXTEND, given, [And(loan_backed(new), others_backed(new))]),
        Obligation("extend", "2: cash covers the free holders", EXTEND, given, [covered(old), covered(new)]),
        Refutation("extend", "fee taken from cash", EXTEND, given, floor_kept(old, taken)),
    ]


def extend_by_burn():
    old = BEFORE
    burning = valid(old) + [b >= 0, b <= c] + down(g, b * old.F, old.S)
    check = down(m, (c - b) * old.F, old.S) + [L <= m]
    given = burning + check
    new = old.but(R=old.R - g, S=old.S - b, c=c - b)
    left = L * old.S <= (c - b) * old.F
    kept = floor_kept(old, new)
    others = backed_after(old, new, old.Do, old.Co)
    # What is lent is backed by what stays locked, so cash holds the backing of all the rest.
    enough = [
        left,
        old.D * old.S <= (old.C - b) * old.F,
        old.R * old.S >= old.F * (old.S - old.C + b),
        old.F * (old.S - old.C + b) >= b * old.F,
        g * old.S <= old.R * old.S,
        new.R >= 0,
    ]
    worth = valid(old) + [fee >= 0, L > 0] + up(b, fee * old.S, old.F) + down(g, b * old.F, old.S)
    return [
        Obligation("extendByBurn", "1: the floor does not fall", BURN, given, [kept]),
        Obligation("extendByBurn", "3: the loan stays backed", BURN, given + [kept],
                   [L * old.S <= m * old.S, left] + backed_after(old, new, L, c - b)),
        Obligation("extendByBurn", "3: every other loan stays backed", BURN, given + [kept], others),
        Obligation("extendByBurn", "2: cash covers the free holders", BURN,
                   given + [kept, loan_backed(new), others_backed(new)], [covered(new)]),
        Obligation("extendByBurn", "2: cash suffices for what leaves it", BURN, given,
                   [L * old.S <= m * old.S] + enough),
        Obligation("extendByBurn", "what burns is worth the fee", BURN, worth,
                   [fee * old.S <= b * old.F, fee * old.S < (g + 1) * old.S, fee <= g]),
        Obligation("extendByBurn", "4: the floor rises by less than one base unit", BURN, given,
                   [new.F * old.S - old.F * new.S < old.S]),
        Refutation("extendByBurn", "the rest need not back the loan", BURN, burning + [new.R >= 0], loan_backed(new)),
        Refutation("extendByBurn", "share rounded up", BURN,
                   valid(old) + [b >= 0, b <= c] + up(g, b * old.F, old.S) + check, kept),
    ]


def foreclose():
    old = BEFORE
    given = valid(old) + down(q, c * old.F, old.S) + [surplus == q - L]
    new = old.but(R=old.R - surplus, S=old.S - c, L=ZERO, c=ZERO)
    kept, others = floor_kept(old, new), others_backed(new)
    enough = [
        old.R * old.S == old.F * old.S - old.Do * old.S - L * old.S,
        surplus * old.S <= c * old.F - L * old.S,
        old.R * old.S - surplus * old.S >= old.F * (old.S - old.C),
        old.F * (old.S - old.C) >= 0,
        surplus * old.S <= old.R * old.S,
        new.R >= 0,
    ]
    rounded_up = valid(old) + up(q, c * old.F, old.S) + [surplus == q - L]
    unsound = [old.R >= 0, old.S > 0, L >= 0, c > 0, old.Do >= 0, old.Co >= 0, old.C <= old.S, others_backed(old)]
    kept_in_cash = old.but(S=old.S - c, L=ZERO, c=ZERO)
    return [
        Obligation("foreclose", "3: the surplus is not negative", FORECLOSE, given,
                   [L * old.S < (q + 1) * old.S, surplus >= 0]),
        Obligation("foreclose", "1: the floor does not fall", FORECLOSE, given, [new.F == old.F - q, kept]),
        Obligation("foreclose", "3: every other loan stays backed", FORECLOSE, given + [kept],
                   backed_after(old, new, old.Do, old.Co)),
        Obligation("foreclose", "2: cash covers the free holders", FORECLOSE, given + [kept, others], [covered(new)]),
        Obligation("foreclose", "2: cash suffices for the surplus", FORECLOSE, given, enough),
        Obligation("foreclose", "4: the floor rises by less than one base unit", FORECLOSE, given,
                   [new.F * old.S - old.F * new.S < old.S]),
        Refutation("foreclose", "share rounded up", FORECLOSE, rounded_up, kept),
        Refutation("foreclose", "a loan above its backing", FORECLOSE,
                   unsound + down(q, c * old.F, old.S) + [surplus == q - L], surplus >= 0),
        Refutation("foreclose", "surplus left in cash", FORECLOSE, valid(old),
                   kept_in_cash.F * old.S - old.F * kept_in_cash.S < old.S),
    ]


def items():
    return sums() + borrow() + repay() + extend() + extend_by_burn() + foreclose()
