/** An address or hash shortened in the middle: "0x1234…cdef". */
export function shortHex(hex: string, start = 6, end = 4): string {
  return hex.length <= start + end + 1 ? hex : `${hex.slice(0, start)}…${hex.slice(-end)}`;
}

/** Whether the text is an address of 20 bytes. */
export function isAddress(text: string): boolean {
  return /^0x[0-9a-fA-F]{40}$/.test(text);
}

/** Whether two addresses are the same account, however they are written. */
export function sameAddress(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** The address that stands for nobody. */
export const ZERO_ADDRESS = '0x0000000000000000000000000000000000000000';
