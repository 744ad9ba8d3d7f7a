"""The order of losses: what every operation does to supply, debt, deficit and the peg's ledger.

The debt of a market is rounded down once for all its vaults, `f` of the norm `N`; `O` is the debt of all other markets.
`d` is the deficit of all, `L` the peg's ledger, `P` the supply. Uncollected is what collect mints:
`f + O + d + L - P`.
"""

from dataclasses import dataclass

from z3 import And, If, Implies, Int

from .prover import Obligation, Refutation
from .state import down, up
from .vault import W, cut, i

N, f, O, d, L, P, f2, i2 = (Int(name) for name in ("N", "f", "O", "d", "L", "P", "f'", "i'"))
amount, added, burned, paid, booked, closed, cleared, worth, own, minted, held, loss, most = (
    Int(name) for name in ("amount", "added", "burned", "paid", "booked", "closed", "cleared", "worth", "own", "minted",
                           "held", "loss", "most")
)
MINT = "VaultBook::adjust, Change::mint; VaultBook._adjust, VaultBook._borrow"
REPAY = "VaultBook::adjust, Change::repay; VaultBook._adjust, VaultBook._repay"
TAKE = "VaultBook::take, VaultBook::add_deficit; VaultBook.take, VaultState._addDeficit"
BOOK = "VaultBook::book, VaultBook::add_deficit; VaultBook.book, VaultState._addDeficit"
REDEEM = "VaultBook::redeem, VaultBook::cancel_deficit; VaultBook.redeem, VaultState._cancelDeficit"
COLLECT = "VaultBook::collect; VaultState._collect"
COVER = "VaultBook::cover; VaultState.cover"
PEG_MINT = "VaultBook::peg_mint; VaultState.pegMint"
PEG_BURN = "VaultBook::peg_burn; VaultState.pegBurn"
PEG_MARK = "VaultBook::peg_mark; VaultState.pegMark"
TIME = "Market::index_at, VaultBook::earned; Vaults.index, VaultState._debtOfAll"


@dataclass
class Book:
    """The four sums, and the debt of one market apart."""

    f: object  # debt of the touched market
    O: object  # debt of the others
    d: object  # deficit
    L: object  # ledger of the peg module
    P: object  # supply

    @property
    def uncollected(self):
        return self.f + self.O + self.d + self.L - self.P

    def but(self, **changes):
        """This book with some of it replaced."""
        return Book(**{**vars(self), **changes})


BEFORE = Book(f, O, d, L, P)
VALID = [W > 0, i >= W, N >= 0, O >= 0, d >= 0, L >= 0, P >= 0, BEFORE.uncollected >= 0] + down(f, N * i, W)
# `cut` leaves the norm; its debt rounded up is `closed`.
CUT = VALID + [cut > 0, cut <= N] + down(f2, (N - cut) * i, W) + up(closed, cut * i, W)
FALL = [(f2 + 1) * W > (f - closed) * W, f2 >= f - closed, f2 * W < (f + 2 - closed) * W, f2 <= f + 1 - closed]


def rises(new, most_risen):
    """What is uncollected does not fall, and rises by so much at most."""
    risen = new.uncollected - BEFORE.uncollected
    return And(risen >= 0, risen <= most_risen, new.uncollected >= 0, new.d >= 0)


def same(new):
    """Not a unit is made or lost."""
    return And(new.uncollected == BEFORE.uncollected, new.d >= 0, new.L >= 0)


UNIT = "uncollected interest rises by a unit at most"


def owners():
    repaid = BEFORE.but(f=f2, P=P - burned)
    minting = VALID + [amount > 0] + down(f2, (N + added) * i, W)
    issued = BEFORE.but(f=f2, P=P + amount)
    # The market's whole norm is paid for as the sum over markets counts it.
    last = CUT + [cut == N] + down(burned, cut * i, W)
    risen = issued.uncollected - BEFORE.uncollected
    return [
        Obligation("adjust, repay", UNIT, REPAY, CUT + [burned == closed], FALL + [rises(repaid, 1)]),
        Obligation("adjust, repay", "no more is burned than was offered", REPAY,
                   VALID + [amount >= 0] + down(cut, amount * W, i) + up(burned, cut * i, W),
                   [cut * i <= amount * W, (burned - 1) * W < amount * W, burned <= amount]),
        Obligation("adjust, repay the last", "nothing is made or lost", REPAY, last,
                   [f2 * W < W, f2 == 0, same(repaid)]),
        Obligation("adjust, repay the last", "no less than was minted", REPAY,
                   VALID + [amount > 0] + up(added, amount * W, i) + [i2 >= i] + down(burned, added * i2, W),
                   [amount * W <= added * i, added * i <= added * i2, amount * W < (burned + 1) * W, amount <= burned]),
        Refutation("adjust, repay the last", "so with other vaults beside it", REPAY,
                   CUT + down(burned, cut * i, W), rises(repaid, 1)),
        Obligation("adjust, mint", "uncollected interest rises by less than a unit of norm and one of debt", MINT,
                   minting + up(added, amount * W, i),
                   [amount * W <= added * i, (f2 + 1) * W > (f + amount) * W, f2 >= f + amount, risen >= 0,
                    added * i < amount * W + i, f2 * W < (f + 1) * W + amount * W + i, risen * W < W + i]),
        Refutation("adjust, mint", "norm rounded down", MINT, minting + down(added, amount * W, i), risen >= 0),
    ]


def losses():
    taken = BEFORE.but(f=f2, d=d + booked, P=P - paid)
    written = BEFORE.but(f=f2, d=d + booked)
    covered = BEFORE.but(d=d - amount, P=P - amount)
    return [
        Obligation("take", UNIT, TAKE, CUT + [paid >= 0, booked >= 0, paid + booked == closed],
                   FALL + [rises(taken, 1)]),
        Refutation("take", "debt closed, rounded down", TAKE,
                   CUT + [paid >= 0, booked >= 0] + down(paid + booked, cut * i, W), rises(taken, 1)),
        Refutation("take", "the loss is not booked", TAKE, CUT + [paid >= 0, paid < closed, booked == 0],
                   rises(taken, 1)),
        Obligation("book", UNIT, BOOK, CUT + [booked == closed], FALL + [rises(written, 1)]),
        Refutation("book", "loss rounded down", BOOK, CUT + down(booked, cut * i, W), rises(written, 1)),
        Obligation("cover", "nothing is made or lost", COVER, VALID + [amount >= 0, amount <= d], [same(covered)]),
        Refutation("cover", "more than the deficit", COVER, VALID + [amount >= 0], same(covered)),
    ]


def redemption():
    given = CUT + [burned >= closed]
    new = BEFORE.but(f=f2, d=d - cleared, P=P - burned)
    exact = cleared == If(burned - closed < d, burned - closed, d)
    return [
        Obligation("redeem", UNIT, REDEEM, given + [burned - closed <= d, exact], FALL + [rises(new, 1)]),
        Obligation("redeem", "or by what was burned beyond the deficit", REDEEM, given + [exact],
                   FALL + [rises(new, 1 + burned - closed - cleared), Implies(cleared < burned - closed, new.d == 0)]),
        Refutation("redeem", "all that is burned pays deficits", REDEEM,
                   given + [burned <= d, cleared == burned], rises(new, 1)),
    ]


def collecting():
    """First what is uncollected cancels deficits, then the surplus does, then the rest is minted."""
    uncollected = BEFORE.uncollected
    given = VALID + [own >= 0, own <= P, held >= 0, held <= L]
    given += [cleared == If(uncollected < d, uncollected, d), paid == If(own < d - cleared, own, d - cleared)]
    settled = BEFORE.but(d=d - cleared - paid, P=P - paid)
    room = settled.f + settled.O + held - settled.P
    rest = uncollected - cleared
    free = And(settled.d == 0, room >= 0)
    ruled = given + [minted == If(free, If(rest < room, rest, room), 0)]
    new = settled.but(P=settled.P + minted)
    return [
        Obligation("collect", "uncollected interest pays deficits first, and is what is minted", COLLECT, ruled, [
            And(new.uncollected == uncollected - cleared - minted, new.uncollected >= 0, new.d >= 0),
            Implies(minted > 0, new.d == 0)]),
        Obligation("collect", "what is minted has something behind it", COLLECT, ruled,
                   [Implies(minted > 0, new.f + new.O + held >= new.P)]),
        Obligation("collect", "all of it is minted where no deficit stands and custody is marked", COLLECT,
                   ruled + [held == L], [Implies(new.d == 0, And(minted == rest, new.uncollected == 0))]),
        Obligation("collect", "a second time, nothing is left to mint", COLLECT,
                   ruled + [held == L, new.d == 0], [new.uncollected == 0]),
        Refutation("collect", "minted before deficits are paid", COLLECT,
                   VALID + [held == L, minted == uncollected], f + O + held >= P + minted),
        Refutation("collect", "minted without anything behind it", COLLECT,
                   given + [minted == If(settled.d == 0, rest, 0)],
                   Implies(minted > 0, new.f + new.O + held >= new.P)),
    ]


def peg():
    burning = VALID + [amount >= 0, amount <= P, worth >= 0, worth <= amount, worth <= L]
    burning += [cleared == If(amount - worth < d, amount - worth, d)]
    burnt = BEFORE.but(L=L - worth, d=d - cleared, P=P - amount)
    marking = VALID + [loss <= L, loss >= -most, most >= 0, most <= d]
    marked = BEFORE.but(L=L - loss, d=d + loss)
    return [
        Obligation("pegMint", "nothing is made or lost", PEG_MINT, VALID + [amount >= 0],
                   [same(BEFORE.but(L=L + amount, P=P + amount))]),
        Obligation("pegBurn", "nothing is made or lost", PEG_BURN, burning + [amount - worth <= d], [same(burnt)]),
        Obligation("pegBurn", "or rises by what was burned beyond the deficit", PEG_BURN, burning,
                   [rises(burnt, amount - worth - cleared)]),
        Refutation("pegBurn", "worth more than was burned", PEG_BURN,
                   VALID + [amount >= 0, amount <= P, worth > amount, worth <= L, cleared == 0], rises(burnt, 0)),
        Obligation("pegMark", "nothing is made or lost", PEG_MARK, marking, [same(marked)]),
        Refutation("pegMark", "more is taken back than was written off", PEG_MARK, VALID + [loss < 0], same(marked)),
    ]


def time():
    later = VALID + [i2 >= i] + down(f2, N * i2, W)
    new = BEFORE.but(f=f2)
    return [
        Obligation("time", "interest only adds to what is uncollected", TIME, later,
                   [N * i2 >= N * i, (f2 + 1) * W > f * W, f2 >= f, new.uncollected >= BEFORE.uncollected]),
        Refutation("time", "an index that falls", TIME, VALID + [i2 >= W, i2 < i] + down(f2, N * i2, W),
                   new.uncollected >= BEFORE.uncollected),
    ]


def items():
    return owners() + losses() + redemption() + collecting() + peg() + time()
