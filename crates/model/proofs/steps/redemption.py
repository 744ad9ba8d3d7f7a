"""Operations that take tokens out of the claims: redeem, burn, burnConverted, transfer to an unspendable address."""

from z3 import And, Int

from .prover import Obligation, Refutation
from .state import NO_LOAN, covered, down, floor_kept, others_backed, up, valid

x, g, fee, paid, rho = (Int(name) for name in ("x", "g", "fee", "paid", "rho"))
REDEEM = "World::redeem; Reserve.redeem"
BURN = "Token::burn; AccrualToken.burn"
CONVERTED = "World::burn_converted, World::stream_backing; Reserve.burnConverted"
UNSPENDABLE = "Token::move_tokens; AccrualToken._move"


def theorems(operation, covers, given, old, new, cash=True):
    """Theorems 1, 2 and 3 for an operation that touches no loan."""
    kept, backed = floor_kept(old, new), others_backed(new)
    enough = [new.R >= 0]
    items = [
        Obligation(operation, "1: the floor does not fall", covers, given, [kept]),
        # With the floor kept, L * S * S' <= c * F * S' <= c * F' * S, and S cancels.
        Obligation(
            operation,
            "3: every loan stays backed",
            covers,
            given + [kept],
            [
                old.Do * old.S * new.S <= old.Co * old.F * new.S,
                old.Co * old.F * new.S <= old.Co * new.F * old.S,
                old.S * (new.Do * new.S) <= old.S * (new.Co * new.F),
                backed,
            ],
        ),
        Obligation(operation, "2: cash covers the free holders", covers, given + [kept, backed], [covered(new)]),
    ]
    if cash:
        items.append(Obligation(operation, "2: cash suffices for what leaves it", covers, given, enough))
    return items


def taking(old, rounding):
    """Tokens of a free holder leave the claims, and their backing, rounded as told, leaves the cash."""
    given = valid(old, loan=False) + [x > 0, x <= old.S - old.C] + rounding(g, x * old.F, old.S)
    return given, old.but(R=old.R - g, S=old.S - x)


def items():
    old = NO_LOAN
    given, new = taking(old, down)
    fees = [rho >= 0, rho <= 1000] + up(fee, g * rho, 10_000) + [paid == g - fee]
    lump = new.F * old.S - old.F * new.S < old.S
    lost = old.but(S=old.S - x)
    losing = valid(old, loan=False) + [x > 0, x <= old.S - old.C]
    minting = old.but(S=old.S + x)
    rounded_up, new_up = taking(old, up)
    locked = valid(old, loan=False) + [x > 0, x <= old.S] + down(g, x * old.F, old.S)
    result = theorems("redeem", REDEEM, given, old, new)
    result += [
        Obligation("redeem", "1: paid and fee are what leaves cash, paid at most the share", REDEEM, given + fees,
                   [And(paid >= 0, paid <= g), paid * old.S <= x * old.F]),
        Refutation("redeem", "share rounded up", REDEEM, rounded_up, floor_kept(old, new_up)),
        Refutation("redeem", "locked collateral redeemed", REDEEM, locked, old.R - g >= 0),
    ]
    result += theorems("redeem, asset forgone", REDEEM, losing, old, lost, cash=False)
    result += theorems("burn", BURN, losing, old, lost, cash=False)
    result.append(Refutation("burn", "claims rise instead", BURN, losing, floor_kept(old, minting)))
    result += theorems("transfer to unspendable", UNSPENDABLE, losing, old, lost, cash=False)
    result.append(
        Refutation("transfer to unspendable", "claims rise instead", UNSPENDABLE, losing, floor_kept(old, minting))
    )
    result += theorems("burnConverted", CONVERTED, given, old, new)
    result += [
        Obligation("burnConverted", "4: the floor rises by less than one base unit", CONVERTED, given, [lump]),
        Refutation("burnConverted", "share rounded up", CONVERTED, rounded_up, floor_kept(old, new_up)),
        Refutation("burnConverted", "backing left in cash", CONVERTED, losing,
                   lost.F * old.S - old.F * lost.S < old.S),
    ]
    return result
