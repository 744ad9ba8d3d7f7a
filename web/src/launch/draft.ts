/** A launch as it is typed: every entry is text until it is checked. */
export interface LaunchDraft {
  readonly name: string;
  readonly symbol: string;
  readonly supply: string;
  /** Empty for the connected account. */
  readonly owner: string;
  readonly assets: readonly AssetDraft[];
  readonly taxed: boolean;
  readonly maxBuy: string;
  readonly maxSell: string;
  readonly buy: string;
  readonly sell: string;
  readonly startMultiple: string;
  readonly toReserve: string;
  readonly toBurn: string;
  readonly toLiquidity: string;
  readonly recipients: readonly RecipientDraft[];
  readonly redeemable: boolean;
  readonly redeemFee: string;
  readonly ltv: string;
  readonly term: string;
  readonly termFee: string;
  readonly grace: string;
  readonly flashFee: string;
  readonly drip: string;
  readonly pooled: boolean;
  readonly poolTokens: string;
  readonly poolAssets: string;
  readonly lock: 'for-ever' | 'time';
  readonly lockTime: string;
  /** Empty for nobody. */
  readonly guardian: string;
  /** Pay for the wrapped native asset with native currency. */
  readonly native: boolean;
  /** Decides the token's address; another one is drawn after each launch. */
  readonly salt: `0x${string}`;
}

export interface AssetDraft {
  readonly address: string;
  readonly seed: string;
}

export interface RecipientDraft {
  /** Empty for the owner. */
  readonly account: string;
  readonly share: string;
}

export function newSalt(): `0x${string}` {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return `0x${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** A draft with the defaults of the specification. */
export function newDraft(): LaunchDraft {
  return {
    name: '',
    symbol: '',
    supply: '',
    owner: '',
    assets: [{ address: '', seed: '' }],
    taxed: false,
    maxBuy: '5',
    maxSell: '5',
    buy: '1',
    sell: '1',
    startMultiple: '2',
    toReserve: '80',
    toBurn: '10',
    toLiquidity: '0',
    recipients: [{ account: '', share: '10' }],
    redeemable: false,
    redeemFee: '1',
    ltv: '95',
    term: '30 days',
    termFee: '0.1',
    grace: '3 days',
    flashFee: '0.08',
    drip: '24 hours',
    pooled: false,
    poolTokens: '',
    poolAssets: '',
    lock: 'for-ever',
    lockTime: '365 days',
    guardian: '',
    native: false,
    salt: newSalt(),
  };
}

const KEY = 'ballast.launch-draft';

/** The draft of an earlier visit, or a new one. What is stored in another shape is left alone. */
export function storedDraft(): LaunchDraft {
  const fresh = newDraft();
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? 'null') as Partial<LaunchDraft> | null;
    if (stored === null || typeof stored !== 'object') return fresh;
    const sameKind = (key: string, value: unknown) =>
      Object.hasOwn(fresh, key) &&
      typeof value === typeof fresh[key as keyof LaunchDraft] &&
      Array.isArray(value) === Array.isArray(fresh[key as keyof LaunchDraft]);
    const texts = (list: unknown, keys: readonly string[]) =>
      !Array.isArray(list) ||
      list.every((one: unknown) =>
        keys.every((key) => typeof (one as Record<string, unknown> | null)?.[key] === 'string'),
      );
    const whole = texts(stored.assets, ['address', 'seed']) && texts(stored.recipients, ['account', 'share']);
    if (!whole || !/^0x[0-9a-f]{64}$/.test(stored.salt ?? fresh.salt)) return fresh;
    const kept = Object.entries(stored).filter(([key, value]) => sameKind(key, value));
    return { ...fresh, ...Object.fromEntries(kept) };
  } catch {
    return fresh;
  }
}

/** Keeps the draft for the next visit; a browser that stores nothing loses it with the page. */
export function storeDraft(draft: LaunchDraft): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(draft));
  } catch {
    return;
  }
}

export function forgetDraft(): void {
  try {
    localStorage.removeItem(KEY);
  } catch {
    return;
  }
}
