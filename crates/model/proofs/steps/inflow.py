"""What flows in: donate, sync, flash loans, the stream; and the pause, which moves the loan clock."""

from z3 import And, If, Int

from .prover import Obligation, Refutation
from .state import BEFORE, carried, covered, down, floor_kept, loan_backed, others_backed, valid

DONATE = "World::donate, AssetState::receive_into; Reserve.donate, AssetLedger.receiveInto"
SYNC = "World::sync; Reserve.sync"
FLASH = "World::flash_loan; Reserve.flashLoan"
STREAM = "Stream::sync, AssetState::at; AssetLedger._vest"
PAUSE = "LoanBook::pause, LoanBook::unpause, LoanBook::clock; LoanBook.pause, LoanBook.unpause, LoanBook.clock"
cash, streaming, balance, amount, credited, cap, lent, vested = (
    Int(name) for name in ("cash", "streaming", "balance", "amount", "credited", "cap", "lent", "vested")
)


def unchanged(operation, covers, given, through=0):
    """Theorems 1, 2 and 3 of an operation that only adds to the stream; `through` enters the cash and leaves it."""
    old = BEFORE
    new, equations = carried(old, R=old.R + through - through)
    return Obligation(operation, "1, 2, 3: cash, lent and claims stay, so all three do", covers,
                      valid(old) + given + equations,
                      [covered(old), And(floor_kept(old, new), covered(new), loan_backed(new), others_backed(new))])


def entering():
    ledger = [cash >= 0, streaming >= 0, lent >= 0, cash + streaming <= balance]
    given = ledger + [amount > 0]
    bounded = [cap >= cash + lent + streaming, credited >= 0]
    excess = ledger + bounded + [credited <= balance - (cash + streaming), credited <= cap - (cash + lent + streaming)]
    fee = [amount > 0, amount <= cash, credited >= 0]
    return [
        unchanged("donate", DONATE, [amount > 0]),
        Obligation("donate", "6: ledger within balance", DONATE, given,
                   [cash + (streaming + amount) <= balance + amount]),
        Refutation("donate", "credited what was named, not what arrived", DONATE,
                   given + [credited >= 0, credited <= amount], cash + (streaming + amount) <= balance + credited),
        unchanged("sync", SYNC, [credited >= 0]),
        Obligation("sync", "6: ledger within balance and cap", SYNC, excess,
                   [And(cash + streaming + credited <= balance, cash + lent + streaming + credited <= cap)]),
        Refutation("sync", "stream left out of what was entered", SYNC,
                   ledger + [credited == balance - cash], cash + streaming + credited <= balance),
        unchanged("flashLoan", FLASH, [amount > 0, amount <= BEFORE.R], through=-amount),
        Obligation("flashLoan", "6: ledger within balance", FLASH, ledger + fee,
                   [cash + streaming + credited <= (balance - amount) + (amount + credited)]),
        Refutation("flashLoan", "fee credited, not collected", FLASH, ledger + fee,
                   cash + streaming + credited <= (balance - amount) + amount),
    ]


V, Q, P, w0, w1, w2, v0, v1, v2, q1, q2 = (
    Int(name) for name in ("V", "Q", "P", "w0", "w1", "w2", "v0", "v1", "v2", "q1", "q2")
)


def stream():
    """`w` are seconds into an epoch of `P`, `v` what of `V` has vested by then, `q` what of the next amount has."""
    old = BEFORE
    raised = old.but(R=old.R + vested)
    rising = valid(old) + [vested >= 0]
    epoch = [V >= 0, Q >= 0, P > 0, w0 >= 0, w0 < P] + down(v0, V * w0, P)
    same = epoch + [w1 >= w0, w1 < P] + down(v1, V * w1, P)
    following = epoch + [w1 >= 0, w1 < P] + down(q1, Q * w1, P)
    before = (V - v0) + Q  # what streams at w0
    bound = [v0 * P <= V * P, And(v0 <= V, v0 >= 0)]
    kept = floor_kept(old, raised)
    return [
        Obligation("stream vests", "1: the floor does not fall", STREAM, rising, [kept]),
        Obligation("stream vests", "3: every loan stays backed", STREAM, rising,
                   [And(loan_backed(raised), others_backed(raised))]),
        Obligation("stream vests", "2: cash covers the free holders", STREAM, rising, [covered(raised)]),
        Obligation("stream, same epoch", "vested rises with time and never above the amount", STREAM, same,
                   [V * w0 <= V * w1, v0 * P < (v1 + 1) * P, v0 <= v1, V * w1 <= V * P, v1 * P <= V * P, v1 <= V]),
        Obligation("stream, same epoch", "conserved: vested and streaming sum as before", STREAM, same,
                   [(v1 - v0) + (V - v1) + Q == before]),
        Obligation("stream, next epoch", "vested is not negative, streaming neither", STREAM, following,
                   [v0 * P <= V * w0, V * w0 <= V * P] + bound
                   + [Q * w1 <= Q * P, q1 * P <= Q * P, And(q1 >= 0, q1 <= Q), (V - v0) + q1 >= 0]),
        Obligation("stream, next epoch", "conserved: vested and streaming sum as before", STREAM, following,
                   [(V - v0) + q1 + (Q - q1) == before]),
        Obligation("stream, missed epochs", "conserved: all of it has vested", STREAM, epoch,
                   [(V - v0) + Q == before]),
        Obligation("stream, same epoch", "a sync in between changes nothing", STREAM,
                   same + [w2 >= w1, w2 < P] + down(v2, V * w2, P), [(v1 - v0) + (v2 - v1) == v2 - v0]),
        Obligation("stream, next epoch", "a sync in between changes nothing", STREAM,
                   same + [w2 >= 0, w2 < P] + down(q2, Q * w2, P),
                   [(v1 - v0) + ((V - v1) + q2) == (V - v0) + q2]),
        Refutation("stream, next epoch", "what had vested is vested again", STREAM, following,
                   V + q1 + (Q - q1) == before),
        Refutation("stream, same epoch", "each step rounded on its own", STREAM,
                   same + [w2 >= w1, w2 < P] + down(v2, V * w2, P) + down(q1, V * (w1 - w0), P)
                   + down(q2, V * (w2 - w1), P), v0 + q1 + q2 == v2),
    ]


t, t2, begun, ends, earlier, secs = (Int(name) for name in ("t", "t2", "begun", "ends", "earlier", "secs"))


def paused(now, start, end, before):
    """`LoanBook::paused_secs` once there was a pause."""
    return before + If(now < end, now, end) - start


def pause():
    old = BEFORE
    book = [begun >= 0, ends >= begun, earlier >= 0, earlier <= begun, t >= begun, t2 >= t]
    inside = book + [t2 <= ends]
    outside = book + [t >= ends]
    clock, clock2 = t - paused(t, begun, ends, earlier), t2 - paused(t2, begun, ends, earlier)
    again = outside + [secs > 0]
    renewed = t - paused(t, t, t + secs, earlier + (ends - begun))
    stopped = t - paused(t, begun, t, earlier)
    return [
        unchanged("pause, unpause", PAUSE, [secs > 0]),
        Obligation("pause", "the loan clock stands still while paused", PAUSE, inside, [clock2 == clock]),
        Obligation("pause", "the loan clock runs again after", PAUSE, outside, [clock2 - clock == t2 - t]),
        Obligation("pause", "the loan clock never runs back, nor ahead", PAUSE, book,
                   [And(clock2 >= clock, clock2 - clock <= t2 - t)]),
        Obligation("pause", "a new pause moves no deadline by itself", PAUSE, again, [renewed == clock]),
        Obligation("unpause", "ending a pause moves no deadline by itself", PAUSE, book + [t < ends],
                   [stopped == clock]),
        Refutation("pause", "earlier pauses forgotten", PAUSE, again, t - paused(t, t, t + secs, earlier) == clock),
        Refutation("pause", "the clock runs on while paused", PAUSE, inside, t2 - earlier == t - earlier),
    ]


def items():
    return entering() + stream() + pause()
