/** Basis points as a percentage, exact: 150 is "1.5 %". */
export function bpsText(bps: number): string {
  const hundredths = Math.abs(Math.trunc(bps));
  const whole = Math.trunc(hundredths / 100)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
  const rest = String(hundredths % 100)
    .padStart(2, '0')
    .replace(/0+$/, '');
  return `${bps < 0 ? '−' : ''}${whole}${rest === '' ? '' : `.${rest}`} %`;
}

/** A change in basis points with its sign and always two decimals: "+1.50 %". */
export function changeText(bps: number): string {
  const whole = Math.trunc(Math.abs(bps) / 100)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
  const rest = String(Math.abs(Math.trunc(bps)) % 100).padStart(2, '0');
  const sign = bps > 0 ? '+' : bps < 0 ? '−' : '';
  return `${sign}${whole}.${rest} %`;
}

/** A share in basis points with always two decimals, so that a column of them aligns: "68.40 %". */
export function shareText(bps: number): string {
  return changeText(bps).replace('+', '');
}

/** How far the market stands from the backing, for where a word says premium or discount: "+38.00 %", "6.20 %". */
export function premiumText(bps: number): string {
  return bps < 0 ? changeText(bps).replace('−', '') : changeText(bps);
}

/** A ratio in wad as a percentage with two decimals, cut off; above a hundredfold as a multiple. */
export function wadPercentText(wad: bigint): string {
  if (wad >= 100n * 10n ** 18n) {
    return `${(wad / 10n ** 18n).toString().replace(/\B(?=(\d{3})+$)/g, ',')} ×`;
  }
  if (wad > 0n && wad < 10n ** 14n) return '< 0.01 %';
  return changeText(Number(wad / 10n ** 14n)).replace('+', '');
}

/** `value` over `base`, less one, in basis points, rounded down as the server does; null without a base. */
export function overBps(value: bigint, base: bigint): number | null {
  if (base === 0n) return null;
  const scaled = (value - base) * 10_000n;
  const cut = scaled / base;
  return Number(scaled < 0n && cut * base !== scaled ? cut - 1n : cut);
}

/** Share of `part` in `whole` in basis points, rounded down; 0 when there is no whole. */
export function shareBps(part: bigint, whole: bigint): number {
  return whole === 0n ? 0 : Number((part * 10_000n) / whole);
}
