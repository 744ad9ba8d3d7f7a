"""The state of one asset and one touched loan, and the theorems as formulas.

Every operation works on each asset alone, so one asset stands for all. `R` cash, `D` lent, `F = R + D`, `S` claims,
`C` locked collateral. The touched loan owes `L` of the asset against collateral `c`; all other loans together owe
`Do` against `Co`. The bound of theorem 3 is linear in principal and collateral, so the others together obey it as a
single loan does, and what is proved of an untouched loan is proved of their sum.
"""

from dataclasses import dataclass

from z3 import And, Int, IntVal


def down(quotient, numerator, divisor):
    """`quotient = floor(numerator / divisor)`."""
    return [quotient * divisor <= numerator, numerator < (quotient + 1) * divisor]


def up(quotient, numerator, divisor):
    """`quotient = ceil(numerator / divisor)`."""
    return [(quotient - 1) * divisor < numerator, numerator <= quotient * divisor]


@dataclass
class State:
    """One asset of the reserve, the claims on it, and the loans against it."""

    R: object  # cash
    S: object  # claims
    L: object  # principal of the touched loan
    c: object  # collateral of the touched loan
    Do: object  # principal of all other loans
    Co: object  # collateral of all other loans

    @property
    def D(self):
        return self.Do + self.L

    @property
    def C(self):
        return self.Co + self.c

    @property
    def F(self):
        return self.R + self.D

    def but(self, **changes):
        """This state with some of it replaced."""
        return State(**{**vars(self), **changes})


R, S, L, c, Do, Co = (Int(name) for name in ("R", "S", "L", "c", "Do", "Co"))
ZERO = IntVal(0)
BEFORE = State(R, S, L, c, Do, Co)
NO_LOAN = State(R, S, ZERO, ZERO, Do, Co)


def carried(old, **changes):
    """The state after an operation as variables of its own, and the equations that tie it to the one before."""
    new = State(*(Int(name + "'") for name in ("R", "S", "L", "c", "Do", "Co")))
    return new, [getattr(new, name) == value for name, value in vars(old.but(**changes)).items()]


def floor_kept(old, new):
    """Theorem 1."""
    return new.F * old.S >= old.F * new.S


def covered(state):
    """Theorem 2, and that what is locked is part of the claims."""
    return And(state.R * state.S >= state.F * (state.S - state.C), state.C <= state.S)


def others_backed(state):
    """Theorem 3, of any loan that is not touched, and of all of them together."""
    return state.Do * state.S <= state.Co * state.F


def loan_backed(state):
    """Theorem 3, of the touched loan."""
    return state.L * state.S <= state.c * state.F


def valid(state, loan=True):
    """What holds before every operation. `loan` says whether one loan is touched."""
    facts = [state.R >= 0, state.S > 0, state.Do >= 0, state.Co >= 0, state.C <= state.S, others_backed(state)]
    return facts + ([state.L >= 0, state.c > 0, loan_backed(state)] if loan else [])
