/** A count in groups of three. */
export function countText(count: number): string {
  return Math.trunc(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A count with its noun: "1 loan", "3 loans". */
export function pluralText(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

/** Low bits of a loan's id that hold its number; the borrower's address stands above them. */
const LOAN_NUMBER_BITS = 96n;

/** A loan's number among the loans of its borrower, from its id of 256 bits. */
export function loanNumberText(id: string): string {
  return `#${(BigInt(id) & ((1n << LOAN_NUMBER_BITS) - 1n)).toString()}`;
}
