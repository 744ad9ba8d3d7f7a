import type { components } from './generated/schema';

/** The server's own description of what it answers. */
export type Schemas = components['schemas'];

/** The server writes every field, also those without a value; its description only says that they may be null. */
export type Full<T> = T extends readonly (infer Row)[]
  ? Full<Row>[]
  : T extends object
    ? { [Key in keyof T]-?: Full<Exclude<T[Key], undefined>> }
    : T;

/** The shape with some fields told more narrowly than the description does. */
export type Narrow<T, Fields> = Omit<T, keyof Fields> & Fields;

/** Decimal string of base units, or of 1e18 where the name ends in `_wad`. */
export type Integer = string;

/** The block that an answer is of, and how fresh it is. */
export type AsOf = Full<Schemas['AsOf']>;

/** Where a figure comes from and how to compute it again. */
export interface Source {
  tier: string;
  contract: string;
  call: string;
  command: string;
  formula?: string | null;
}

/** Sources by the name of the figure. */
export type Sources = Record<string, Source>;

export type AssetRef = Full<Schemas['AssetRef']>;
/** A backing asset, and whether it is the wrapped native one. */
export type Asset = Full<Schemas['AssetView']>;
/** Change over a day and a week in basis points; null for an age that the token does not have. */
export type Change = Full<Schemas['Change']>;
export type Spark = Full<Schemas['Spark']>;

/** A token in a list; lists leave the sources out. */
export type TokenSummary = Full<Schemas['TokenSummary']> & { sources?: Sources };
export type ReserveState = Full<Schemas['ReserveView']>;
export type Terms = Full<Schemas['TermsView']>;
export type Fees = Full<Schemas['FeesView']>;
export type Split = Full<Schemas['SplitView']>;
export type PoolState = Full<Schemas['PoolView']>;
export type TokenDetail = Narrow<Full<Schemas['TokenDetail']>, { sources: Sources }>;
export type TokenAnswer = Narrow<Full<Schemas['TokenAnswer']>, { token: TokenDetail }>;

/** Opening, highest, lowest and closing price of a period. */
export type Bar = Full<Schemas['MarketView']>;
export type SeriesPoint = Full<Schemas['Point']>;
export type Interval = 'event' | 'hour' | 'day';
export type SeriesAnswer = Narrow<Full<Schemas['SeriesAnswer']>, { interval: Interval }>;

export type MarkKind =
  'launch' | 'burn' | 'auction' | 'default' | 'fee_change' | 'pause' | 'loan' | 'redemption' | 'donation';

/** An event on the time axis; `unit` is "token" or the index of a backing asset. */
export type Mark = Narrow<Full<Schemas['MarkView']>, { kind: MarkKind }>;

export type InflowAmount = Full<Schemas['InflowAmount']>;
export type Inflows = Full<Schemas['InflowsAnswer']>;

export type LoanPhase = 'term' | 'grace' | 'expired' | 'closed';
export type Loan = Narrow<Full<Schemas['LoanView']>, { phase: LoanPhase }>;
export type CalendarDay = Full<Schemas['CalendarDay']>;

export type Holder = Full<Schemas['HolderView']>;
export type Trade = Narrow<Full<Schemas['TradeView']>, { side: 'buy' | 'sell' }>;

export type Auction = Full<Schemas['AuctionView']>;
export type AuctionAnswer = Narrow<Full<Schemas['AuctionAnswer']>, { auction: Auction | null; sources: Sources }>;
export type Fill = Full<Schemas['FillView']>;

/** A value of an event: text, or a list of texts. */
export type ArgumentValue = Schemas['Argument'];
/** An event as the chain has it; `token` is the one whose contract spoke. */
export type ChainEvent = Narrow<
  Full<Schemas['EventView']>,
  { role: string; token?: string | null; args: Record<string, ArgumentValue> }
>;

export type Power = Full<Schemas['PowerView']>;
export type Powers = Narrow<Full<Schemas['PowersAnswer']>, { changes: ChainEvent[] }>;
export type Status = Full<Schemas['StatusAnswer']>;
export type Account = Narrow<
  Full<Schemas['AccountAnswer']>,
  { balances: { token: TokenSummary; amount: Integer; backing: Integer[] }[]; loans: Loan[] }
>;

/** One page of a list. */
export interface Page<T> {
  as_of: AsOf;
  data: T[];
  next: string | null;
}
