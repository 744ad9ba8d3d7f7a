import { bpsText, durationText, exactDecimal, utcText } from '../format';
import { vaultSentences } from './vaultSentences';

/** A custom error as it was decoded: its name in Solidity and its values by name. */
export interface ContractError {
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** What amounts are counted in; without it they are shown in base units. */
export interface Units {
  readonly symbol?: string | undefined;
  readonly assets?: readonly { readonly symbol: string; readonly decimals: number }[] | undefined;
  /** The collateral of a vault, where the symbol is that of a synthetic. */
  readonly collateral?: { readonly symbol: string; readonly decimals: number } | undefined;
}

const TOKEN_DECIMALS = 18;
/** Decimals of a price: base units of the synthetic for one of the collateral. */
const PRICE_DECIMALS = 36;

/** Reads the values of one error, each in the words of its unit. */
export class Reader {
  constructor(
    private readonly error: ContractError,
    private readonly units: Units,
  ) {}

  word(name: string): bigint {
    const value = this.error.values[name];
    return typeof value === 'bigint' || typeof value === 'number' ? BigInt(value) : 0n;
  }

  text(name: string): string {
    const value = this.error.values[name];
    return typeof value === 'string' ? value : value === undefined ? '?' : String(value);
  }

  tokens(name: string): string {
    const { symbol } = this.units;
    const base = this.word(name);
    return symbol === undefined ? `${base} base units` : `${exactDecimal(base, TOKEN_DECIMALS)} ${symbol}`;
  }

  /** The value `name`, an amount of a vault's collateral. */
  collateral(name: string): string {
    const { collateral } = this.units;
    const base = this.word(name);
    return collateral === undefined
      ? `${base} base units`
      : `${exactDecimal(base, collateral.decimals)} ${collateral.symbol}`;
  }

  /** The value `name`, a price of the collateral as the contracts scale it. */
  price(name: string): string {
    const { collateral, symbol } = this.units;
    const scaled = this.word(name);
    if (collateral === undefined) return `${scaled} / 1e36`;
    const whole = scaled / 10n ** BigInt(PRICE_DECIMALS - collateral.decimals);
    return `${exactDecimal(whole, TOKEN_DECIMALS)}${symbol === undefined ? '' : ` ${symbol}`}`;
  }

  /** Whether the amounts are a vault's. */
  get ofVault(): boolean {
    return this.units.collateral !== undefined;
  }

  /** The value `name`, an amount of the asset whose index is the value `asset`. */
  asset(name: string): string {
    const asset = this.units.assets?.[Number(this.word('asset'))];
    const base = this.word(name);
    return asset === undefined
      ? `${base} base units of asset ${this.word('asset')}`
      : `${exactDecimal(base, asset.decimals)} ${asset.symbol}`;
  }

  assetName(): string {
    return this.units.assets?.[Number(this.word('asset'))]?.symbol ?? `asset ${this.word('asset')}`;
  }

  time(name: string): string {
    const unix = this.word(name);
    return unix > 253_402_300_799n ? 'the end of time' : utcText(Number(unix));
  }

  secs(name: string): string {
    return durationText(Number(this.word(name)));
  }

  share(name: string): string {
    return bpsText(Number(this.word(name)));
  }

  /** The number of a loan: the low 32 bits of its id. */
  loan(): string {
    return (this.word('loanId') & 0xffff_ffffn).toString();
  }

  has(name: string): boolean {
    return this.error.values[name] !== undefined;
  }
}

/** A bound of the launch in the unit of its parameter. */
function bound(param: string, value: bigint): string {
  if (value === (1n << 256n) - 1n) return 'no end';
  if (param.endsWith('Bps')) return bpsText(Number(value));
  if (param.endsWith('Secs')) return durationText(Number(value));
  if (param === 'pool.lockUntil') return utcText(Number(value));
  if (param === 'supply' || param === 'pool.tokens') return exactDecimal(value, TOKEN_DECIMALS);
  if (param === 'fees.startMultiple') return exactDecimal(value, TOKEN_DECIMALS);
  if (param === 'seeds' || param === 'pool.assets') return `${value} base units`;
  return value.toString();
}

/** What to say of an error. */
export type Sentence = (of: Reader) => string;

/** An amount and its limit in the unit of their field. */
function bounded(of: Reader, name: string): string {
  const field = of.text('field');
  if (of.ofVault) return field === 'collateral' || field === 'units' ? of.collateral(name) : of.tokens(name);
  if (field === 'tokens' || field === 'collateral') return of.tokens(name);
  return name === 'max' ? of.word(name).toString() : `${of.word(name)} base units`;
}

const reserve: Record<string, Sentence> = {
  Locked: () => 'Another call, such as a flash loan, is running in this contract at this moment. Try again.',
  ZeroAmount: (of) => `${of.text('field')}: must be more than 0.`,
  AmountTooLarge: (of) => `${of.text('field')}: ${bounded(of, 'amount')} is over the maximum of ${bounded(of, 'max')}.`,
  LengthMismatch: (of) =>
    `${of.has('param') ? of.text('param') : 'amounts'}: ${of.word('given')} were given, one for each of ${of.word('expected')} assets is needed.`,
  UnknownAsset: (of) =>
    of.has('asset')
      ? `asset: no price of ${of.text('asset')} is kept here.`
      : `asset: there is no asset ${of.word('index')}, the reserve has ${of.word('count')}.`,
  AssetNotBacking: (of) => `asset: ${of.text('asset')} is not in this reserve. Choose one that is.`,
  RedemptionOff: () =>
    'Redemption is off for this token, fixed at its launch. You can sell the tokens or borrow against them.',
  NoClaims: () => 'No tokens are left that could claim this reserve.',
  EverythingForgone: () => 'forgo: at least one asset must be taken. Untick one.',
  PrincipalTooLarge: (of) =>
    `principal: ${of.asset('principal')} is over the maximum of ${of.asset('max')} for this collateral. Lower it or lock more.`,
  UnknownLoan: (of) => `loan: ${of.loan()} is not open. It was repaid or foreclosed, or never existed.`,
  LoanExpired: (of) =>
    `loan: its grace ended ${of.time('graceEnd')}. It can be neither repaid nor extended, only foreclosed.`,
  ExtensionTooFar: (of) =>
    `loan: the deadline would be ${of.time('deadline')}, at most 12 terms ahead (${of.time('latest')}) are allowed. Extend later.`,
  NotBorrower: (of) =>
    `loan: it is not a loan of ${of.text('caller')}. Only the borrower may burn its collateral; anybody may pay the fee instead.`,
  BurnTooLarge: (of) =>
    `burn: ${of.tokens('burn')} must be burned, over the limit of ${of.tokens('max')}. Allow more, or pay the fee instead.`,
  UnderBacked: (of) =>
    `collateral: what would be left backs ${of.asset('max')}, less than the ${of.asset('principal')} owed. Pay the fee instead, or repay a part first.`,
  NothingToForeclose: () => 'loans: none of them is past its grace. Reload the list.',
  FlashCallbackFailed: () => 'The borrower of the flash loan did not confirm it.',
  TransferShort: (of) =>
    `asset: ${of.text('asset')} delivered ${of.word('received')} of ${of.word('expected')} base units. It charges on transfer, which reserves do not accept.`,
  EntriesPaused: (of) =>
    `Borrowing, flash loans and conversion are paused until ${of.time('until')}. Redemption, repayment and extension stay open.`,
  PauseTooLong: (of) => `pause: ${of.secs('secs')} is over the maximum of ${of.secs('max')}.`,
  PauseTooSoon: (of) => `pause: not before ${of.time('earliest')}, 7 days after the last one ended.`,
  NotPaused: () => 'Nothing is paused.',
  NotGuardian: (of) =>
    `sender: ${of.text('caller')} is not the guardian of this token. Connect the guardian's account.`,
  NotConverter: (of) => `sender: only the converter may do this, not ${of.text('caller')}.`,
  NotLaunchpad: (of) => `sender: only the launchpad may do this, not ${of.text('caller')}.`,
  AlreadySeeded: () => 'This reserve has had its seed already.',
  NotWrappedNative: (of) =>
    `sender: ${of.text('sender')} sent native currency, which this reserve takes from the wrapping contract only. Wrap it first.`,
};

const converter: Record<string, Sentence> = {
  AboveLot: (of) => `tokens: ${of.tokens('tokens')} is over the lot of ${of.tokens('lot')}, the most for one bid.`,
  PoolRecipient: (of) => `to: ${of.text('to')} is a pool. Name an account instead.`,
  NotEnoughForSale: (of) => `tokens: ${of.tokens('tokens')} is over the ${of.tokens('available')} for sale.`,
  AtFloor: () =>
    'The price has come down to the floor, where nothing is sold. Anybody may burn a lot instead, which opens bidding again.',
  AboveFloor: (of) =>
    `A lot can be burned only at the floor; the price is ${exactDecimal(of.word('multiple'), TOKEN_DECIMALS)} times the backing. Bid, or wait.`,
  FloorZero: (of) => `The reserve holds no ${of.assetName()}, so nothing is sold until it does.`,
  PriceAboveLimit: (of) =>
    of.has('paid')
      ? `limit: ${of.tokens('paid')} would be paid, over your limit of ${of.tokens('limit')}. Look at the new price.`
      : `limit: the price is ${of.asset('price')}, over your limit of ${of.asset('max')}. Somebody bid first; look at the new price.`,
  NothingToBurn: () => 'Nothing is for sale, so there is nothing to burn.',
  NoLiquidityShare: () => 'The fees of this token have no share for liquidity.',
  NoRecentLotPrice: () => 'No full lot was sold in the last hour, so there is no price to add liquidity at.',
  LiquidityTooSoon: (of) => `Liquidity can be added again from ${of.time('earliest')} on.`,
  PoolOffPrice: () => "The pool is more than 2 % off the last lot's price. Wait until it is not.",
  NothingToAdd: () => 'Nothing is set aside for liquidity.',
  NothingOwed: (of) => `account: nothing is owed to ${of.text('account')}.`,
  NotOwner: (of) => `sender: ${of.text('caller')} is not the owner of this token. Connect the owner's account.`,
  UnknownRecipient: (of) => `recipient: there is no recipient ${of.word('index')}, this token has ${of.word('count')}.`,
  NothingProposed: (of) => `recipient: no change of recipient ${of.word('index')} is proposed.`,
  TooEarly: (of) => `recipient: the change can take effect from ${of.time('effectiveAt')} on.`,
};

const token: Record<string, Sentence> = {
  NotReserve: (of) => `sender: only the reserve may do this, not ${of.text('caller')}.`,
  FeeTooHigh: (of) =>
    `${of.text('field')}: ${of.share('bps')} is over the maximum of ${of.share('max')}, fixed at launch.`,
  NotAPool: (of) => `pool: the factory has no pool of this token and ${of.text('other')}.`,
  NoFeePath: () => 'This token was launched without fees on trading.',
  PermitExpired: (of) => `permit: its deadline was ${of.time('deadline')}. Sign a new one.`,
  PermitInvalid: (of) => `permit: the signature is not one of ${of.text('owner')}. Sign again with that account.`,
  OwnableUnauthorizedAccount: (of) => `sender: ${of.text('account')} is not the owner of this token.`,
  OwnableInvalidOwner: (of) => `owner: ${of.text('owner')} cannot own a token. Name another account.`,
  ERC20InsufficientBalance: (of) =>
    `balance: ${of.text('sender')} has ${of.word('balance')} base units, ${of.word('needed')} are needed. Lower the amount.`,
  ERC20InsufficientAllowance: (of) =>
    `approval: ${of.text('spender')} may take ${of.word('allowance')} base units, ${of.word('needed')} are needed. Approve again.`,
  ERC20InvalidApprover: (of) => `approval: ${of.text('approver')} cannot approve.`,
  ERC20InvalidReceiver: (of) => `to: ${of.text('receiver')} cannot receive tokens. Name another account.`,
  ERC20InvalidSender: (of) => `from: ${of.text('sender')} cannot send tokens.`,
  ERC20InvalidSpender: (of) => `approval: ${of.text('spender')} cannot be approved.`,
  SafeERC20FailedOperation: (of) =>
    `asset: a transfer of ${of.text('token')} failed. Check your balance and approval, and whether the asset is paused.`,
  InvalidShortString: () => 'name: the text is not stored correctly.',
  StringTooLong: (of) => `name: "${of.text('str')}" is longer than 31 bytes. Shorten it.`,
};

const launch: Record<string, Sentence> = {
  ParamOutOfBounds: (of) => {
    const param = of.text('param');
    const at = (name: string) => bound(param, of.word(name));
    return `${param}: ${at('value')} is outside ${at('min')} to ${at('max')}.`;
  },
  ParamMissing: (of) => `${of.text('param')}: missing. Fill it in.`,
  SplitSum: (of) => `fees.split: the shares add up to ${of.share('sum')}, not to 100 %.`,
  AssetRefused: (of) => `assets: ${of.text('asset')} is refused: it ${of.text('reason')}. Choose another asset.`,
  DuplicateAsset: (of) => `assets: ${of.text('asset')} is named twice. Remove one.`,
  NativeMismatch: (of) =>
    `value: ${exactDecimal(of.word('sent'), TOKEN_DECIMALS)} of the native currency was sent, ${exactDecimal(of.word('needed'), TOKEN_DECIMALS)} is needed.`,
  SaltExhausted: () => 'salt: every address for it is taken. Go back one step and launch again, which chooses another.',
  NotLaunching: () => 'No launch is running at this moment.',
  NotDeploying: () => 'No launch is running at this moment.',
  CloneArgumentsTooLong: () => 'The launch has too many parts to fit into a contract. Use fewer assets or recipients.',
  Create2EmptyBytecode: () => 'The launchpad has no code to deploy. Tell whoever runs this deployment.',
  FailedDeployment: () =>
    'A contract of the launch could not be deployed. Launch again, which chooses other addresses.',
  FailedCall: () => 'The receiver refused the native currency. Take it wrapped, or name another account.',
  InsufficientBalance: (of) =>
    `balance: the contract has ${of.word('balance')} base units, ${of.word('needed')} are needed.`,
};

const lock: Record<string, Sentence> = {
  StillLocked: (of) => `The liquidity is locked until ${of.time('until')}.`,
  NotBeneficiary: (of) => `sender: ${of.text('caller')} is not the beneficiary of this lock.`,
  LockCanOnlyGrow: (of) => `until: ${of.time('given')} is before ${of.time('current')}. A lock can only grow.`,
  ZeroAddress: (of) => `${of.text('field')}: must name an account.`,
};

const sentences: Record<string, Sentence> = {
  ...reserve,
  ...converter,
  ...token,
  ...launch,
  ...lock,
  ...vaultSentences,
};

/** Whether there are words for the error named `name`. */
export function hasSentence(name: string): boolean {
  return Object.hasOwn(sentences, name);
}

/** What a contract's refusal means and what to do: the field, the limit, the next step. */
export function sentence(error: ContractError, units: Units = {}): string {
  const words = sentences[error.name];
  if (words !== undefined) return words(new Reader(error, units));
  const values = Object.entries(error.values).map(([name, value]) => `${name} ${String(value)}`);
  return `The contract refused with ${error.name}${values.length === 0 ? '' : ` (${values.join(', ')})`}.`;
}
