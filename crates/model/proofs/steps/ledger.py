"""Theorem 6 for every operation that moves assets or the stream, and that no product leaves 256 bits."""

from z3 import And, Int

from .prover import Obligation, Refutation
from .state import down, up

REDEEM = "World::redeem; Reserve.redeem"
BORROW = "World::lend; Reserve._lend"
REPAY = "World::repay; Reserve.repay"
EXTEND = "World::extend; Reserve.extend"
TO_STREAM = "AssetState::to_stream; AssetLedger.toStream"
STREAM = "Stream::sync, AssetState::at; AssetLedger._vest"
RECEIVE = "AssetState::receive_into; AssetLedger.receiveInto"
PRODUCTS = "mul_div_down, mul_div_up; MulDiv.mulDivDown, MulDiv.mulDivUp"
BID = "Converter::keep; Converter._receive"

CAP = 2**112 - 1  # base units of an asset that a ledger holds at most
SUPPLY_MAX = 5 * 10**36
WORD = 2**256
cash, lent, streaming, balance, gross, fee, paid, part, vested = (
    Int(name) for name in ("cash", "lent", "streaming", "balance", "gross", "fee", "paid", "part", "vested")
)
LEDGER = [cash >= 0, lent >= 0, streaming >= 0, cash + streaming <= balance, cash + lent + streaming <= CAP]


def within(new_cash, new_lent, new_streaming, new_balance):
    """Theorem 6 after, and the cap."""
    return And(new_cash + new_streaming <= new_balance, new_cash + new_lent + new_streaming <= CAP)


def balances():
    leaving = LEDGER + [gross >= 0, gross <= cash, fee >= 0, fee <= gross, paid == gross - fee]
    paying = LEDGER + [part >= 0, part <= lent]
    arriving = LEDGER + [fee >= 0, fee <= CAP - (cash + lent + streaming)]
    shared = LEDGER + [paid >= 0, part >= 0, fee >= 0, part + fee <= paid]
    name = "6: ledger within balance and cap"
    return [
        Obligation("redeem", name, REDEEM, leaving, [within(cash - gross, lent, streaming + fee, balance - paid)]),
        Refutation("redeem", "fee paid out and streamed", REDEEM, leaving + [fee > 0],
                   within(cash - gross, lent, streaming + fee, balance - gross - fee)),
        Obligation("borrow", name, BORROW, leaving + arriving,
                   [within(cash - gross, lent + gross, streaming + fee, balance - paid)]),
        Refutation("borrow", "no cap on the fee, which adds to what is lent", BORROW, leaving,
                   within(cash - gross, lent + gross, streaming + fee, balance - paid)),
        Obligation("repay", name, REPAY, paying, [within(cash + part, lent - part, streaming, balance + part)]),
        Obligation("extend", name, EXTEND, arriving, [within(cash, lent, streaming + fee, balance + fee)]),
        Obligation("backing to the stream", name, TO_STREAM, LEDGER + [gross >= 0, gross <= cash],
                   [within(cash - gross, lent, streaming + gross, balance)]),
        Obligation("write-off", name, TO_STREAM, LEDGER + [part >= 0, part <= lent],
                   [within(cash, lent - part, streaming, balance)]),
        Obligation("stream vests", name, STREAM, LEDGER + [vested >= 0, vested <= streaming],
                   [within(cash + vested, lent, streaming - vested, balance)]),
        Obligation("receive", name, RECEIVE, arriving, [within(cash, lent, streaming + fee, balance + fee)]),
        Refutation("receive", "no cap on what arrives", RECEIVE, LEDGER + [fee >= 0],
                   within(cash, lent, streaming + fee, balance + fee)),
        Obligation("bid", "recipients and liquidity get at most the price", BID, parts(), [kept_sum() <= paid]),
        Refutation("bid", "every share rounded up", BID, parts(up), kept_sum() <= paid),
    ]


liquidity, owed1, owed2, owed3, owed4, owed5, weight = (
    Int(name) for name in ("liquidity", "owed1", "owed2", "owed3", "owed4", "owed5", "weight")
)
SHARES = [Int(f"share{number}") for number in range(6)]
PARTS = [liquidity, owed1, owed2, owed3, owed4, owed5]


def kept_sum():
    """What the converter keeps of a payment."""
    return sum(PARTS[1:], PARTS[0])


def parts(rounding=down):
    """Liquidity and at most five recipients share a payment in proportion to weights that sum to at most all."""
    facts = [paid >= 0, weight > 0, sum(SHARES[1:], SHARES[0]) <= weight]
    for share, amount in zip(SHARES, PARTS):
        facts += [share >= 0] + rounding(amount, paid * share, weight)
    return facts


def products():
    tokens, claims, backing, amount, price, multiple, wad = (
        Int(name) for name in ("tokens", "claims", "backing", "amount", "price", "multiple", "wad")
    )
    bounds = [tokens >= 0, tokens <= claims, claims > 0, claims <= SUPPLY_MAX, backing >= 0, backing <= CAP]
    bounds += [amount >= 0, amount <= CAP]
    priced = [price >= 0, price <= CAP + 1, multiple >= 0, multiple <= 2**20 * wad, wad == 10**18]
    return [
        Obligation("products", "tokens times backing fit a word, rounded up too", PRODUCTS, bounds,
                   [tokens * backing <= SUPPLY_MAX * backing, tokens * backing + claims < WORD]),
        Obligation("products", "amounts times claims fit a word, rounded up too", PRODUCTS, bounds,
                   [amount * claims <= CAP * claims, amount * claims + backing < WORD]),
        Obligation("products", "prices times the multiple fit a word", PRODUCTS, priced,
                   [price * multiple <= (CAP + 1) * multiple, price * multiple + wad < WORD]),
    ]


def items():
    return balances() + products()
