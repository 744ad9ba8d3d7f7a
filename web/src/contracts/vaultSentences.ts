import type { Reader, Sentence } from './sentences';

const PRICE_STATES = ['safe', 'stepped', 'unsafe', 'too old'];
function priceState(of: Reader): string {
  return PRICE_STATES[Number(of.word('state'))] ?? 'unsafe';
}

/** Amounts of the peg module by field: units of the custody token, all others of the synthetic. */
function pegAmount(of: Reader, name: string): string {
  return of.text('field') === 'units' ? of.collateral(name) : of.tokens(name);
}

/** What the book of vaults and its prices refuse, each with the field, the limit and the next step. */
export const vaultSentences: Record<string, Sentence> = {
  AlreadySettled: (of) =>
    `request: the entries of epoch ${of.word('epoch')} are settled. They are shares now; claim them, and ask to leave with them.`,
  CapReached: (of) =>
    `cap: the ledger would be ${of.tokens('ledger')}, over its cap of ${of.tokens('cap')}. Pay less in.`,
  CustodyTooCheap: (of) =>
    `price: the low price of the custody token is ${of.price('low')}, under the ${of.price('least')} from which entries are open. Wait; leaving always works.`,
  DeficitStands: (of) => `fees: a loss of ${of.tokens('deficit')} is not paid yet. Fees are collected once it is.`,
  DiscountTooSmall: (of) =>
    `paid: ${of.tokens('paid')} would be paid, over the ${of.tokens('most')} that the backstop may pay for it. Wait for a larger discount.`,
  NoFees: () => 'fees: the custody is worth no more than the ledger, so there are none to collect.',
  NotSettled: (of) =>
    `request: epoch ${of.word('epoch')} is not settled yet. It is from two epochs later on, once what the backstop holds has a safe price.`,
  NothingRequested: (of) =>
    `request: ${of.text('owner')} has no entry in epoch ${of.word('epoch')}. It was claimed or taken back already.`,
  NothingToClaim: (of) =>
    `request: nothing can be withdrawn of epoch ${of.word('epoch')} now. It waits, or all of it was paid out.`,
  OnlyByRequest: () => 'The backstop is entered and left by request only, so that nobody chooses the moment.',
  SafeCastOverflowedUintDowncast: () => 'amount: it is larger than the contract can hold. Lower it.',
  TooLittle: (of) =>
    `${of.text('field')}: ${pegAmount(of, 'amount')} would be received, under your limit of ${pegAmount(of, 'least')}. Look at the new figures, or accept less.`,
  ERC4626ExceededMaxDeposit: () => 'The backstop is entered by request only.',
  ERC4626ExceededMaxMint: () => 'The backstop is entered by request only.',
  ERC4626ExceededMaxRedeem: () => 'The backstop is left by request only.',
  ERC4626ExceededMaxWithdraw: () => 'The backstop is left by request only.',
  AlreadyAdded: (of) => `asset: a price of ${of.text('asset')} is kept already.`,
  BadAddress: (of) => `${of.text('field')}: ${of.text('value')} is not accepted here. Name another address.`,
  BadSignature: (of) => `permit: the signature is not one of ${of.text('owner')}. Sign again with that account.`,
  BadTerm: (of) => `${of.text('field')}: ${of.word('value')} is outside ${of.word('least')} to ${of.word('most')}.`,
  CannotStopYet: (of) => `stop: not before ${of.time('notBefore')}, seven days after the last one ended.`,
  CeilingReached: (of) =>
    `ceiling: the debt of this market would be ${of.tokens('debt')}, over its ceiling of ${of.tokens('ceiling')}. Mint less.`,
  DebtTooSmall: (of) =>
    `debt: ${of.tokens('debt')} would be owed. A vault owes nothing or at least ${of.tokens('least')}. Repay all, or leave more.`,
  ECDSAInvalidSignature: () => 'permit: the signature is not valid. Sign again.',
  ECDSAInvalidSignatureLength: () => 'permit: the signature has the wrong length. Sign again.',
  ECDSAInvalidSignatureS: () => 'permit: the signature is not in its one accepted form. Sign again.',
  ERC2612ExpiredSignature: (of) => `permit: its deadline was ${of.time('deadline')}. Sign a new one.`,
  ERC2612InvalidSigner: (of) =>
    `permit: ${of.text('signer')} signed, not ${of.text('owner')}. Sign again with that account.`,
  Insolvent: (of) =>
    `owner: the vault of ${of.text('owner')} owes ${of.tokens('debt')} and its collateral is worth ${of.tokens('value')}. Redeem from another vault.`,
  InvalidAccountNonce: (of) => `permit: the one of ${of.text('account')} was used already. Sign a new one.`,
  MintLimitReached: (of) =>
    `mint limit: ${of.tokens('amount')} is over the ${of.tokens('mintable')} that this market lets out now. Mint less, or wait: it fills again with time and with what others repay.`,
  NewDebtIsStopped: (of) =>
    `New debt is stopped until ${of.time('until')}. Repaying, adding collateral and takes go on.`,
  NotDerived: (of) => `source: ${of.text('source')} cannot stand alone; its price is one party's word.`,
  NotGovernor: (of) => `sender: only the governor may do this, not ${of.text('caller')}.`,
  NotOperator: (of) =>
    `owner: ${of.text('caller')} is not an operator of ${of.text('owner')}. Anybody may add collateral and repay; the rest is the owner's to allow.`,
  NotPegModule: (of) => `sender: only the peg module may do this, not ${of.text('caller')}.`,
  NotRateController: (of) => `sender: only the rate controller may do this, not ${of.text('caller')}.`,
  NotWritten: () => 'The terms of the market could not be stored.',
  NothingToBook: (of) =>
    `owner: the vault of ${of.text('owner')} owes no more than its collateral is worth, so there is no loss to book.`,
  NothingToRedeem: (of) =>
    `owner: nothing of the vault of ${of.text('owner')} can be redeemed: it has no debt, or would be left with less than the least. Choose another vault or another amount.`,
  NothingToTake: () =>
    'Nothing is for sale: the vault is healthy now, its discount has only begun, or the amount is too small. Look again in a moment.',
  PriceUnsafe: (of) =>
    `price: it is ${priceState(of)} at the moment, so nothing that could harm the market is done with it. Ask the sources again, or wait. Adding collateral and repaying always work.`,
  SourceLocked: (of) => `source: ${of.text('source')} cannot be read in this call. Try again in another.`,
  TooLittleCollateral: (of) =>
    `collateral: ${of.collateral('collateral')} would be received, under your limit of ${of.collateral('least')}. The price or the discount moved; look again.`,
  TooLittleGas: (of) => `gas: ${of.word('left')} is left and ${of.word('needed')} is needed. Give more gas.`,
  TooManyOwners: (of) => `owners: ${of.word('count')} are named, at most ${of.word('most')} are allowed in one call.`,
  Undercollateralised: (of) =>
    `debt: ${of.tokens('debt')} would be owed, over the ${of.tokens('most')} that this collateral carries at the low price. Add collateral, or mint less.`,
  UnknownMarket: (of) => `market: there is no market ${of.word('market')}.`,
};
