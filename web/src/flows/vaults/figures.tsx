import type { ReactNode } from 'react';
import { durationText, wadPercentText } from '../../format';
import { Notice, Price } from '../../ui';
import type { VaultState } from '../calc/adjust';
import { distanceOf, liquidationPriceOf, sightOf, debtUp, wholePrice, type Sight, type Vault } from '../calc/vaults';
import { redemptionFee } from '../calc/redemption';
import { AssetAmount, TokenAmount, type Line } from '../parts';
import type { Fact } from '../plan';
import type { VaultFlow } from './useVaultFlow';

/** A vault at the price and the second of `state`. */
export function sightAt(state: VaultState, vault: Vault = state.vault): Sight {
  const debt = debtUp(vault.norm, state.market.index);
  return sightOf(
    state.terms,
    state.price,
    { collateral: vault.collateral, debt, flaggedAt: vault.flaggedAt },
    state.now,
  );
}

/** A ratio in words; a vault that owes nothing has none. */
export function ratioText(sight: Sight): string {
  return sight.ratio === null ? 'owes nothing' : wadPercentText(sight.ratio);
}

/** The price under which a vault is unhealthy. */
export function LiquidationPrice({ sight, flow }: { sight: Sight; flow: VaultFlow }): ReactNode {
  if (sight.debt === 0n) return 'none, it owes nothing';
  if (sight.liquidationPrice === null) return 'any price';
  return (
    <Price
      wad={wholePrice(sight.liquidationPrice, flow.collateral.decimals)}
      unit={flow.synthetic.symbol}
      significant={8}
    />
  );
}

/** How far the price may fall before the vault is unhealthy. */
export function distanceText(sight: Sight, state: VaultState): string {
  if (sight.debt === 0n) return 'no fall touches it';
  if (sight.unhealthy) return 'unhealthy now';
  const distance = sight.liquidationPrice === null ? null : distanceOf(sight.liquidationPrice, state.price.mid);
  return distance === null ? 'unknown without a price' : `a fall of ${wadPercentText(distance)}`;
}

/** What a redemption of this vault would cost the redeemer, which the vault keeps. */
export function feeText(sight: Sight, state: VaultState): string {
  if (sight.debt === 0n) return 'nothing to redeem';
  if (sight.debt >= sight.value) return 'not redeemable, it owes more than it holds';
  return `${wadPercentText(redemptionFee(state.terms, sight.debt, sight.value))}, stays in the vault`;
}

/** Seconds of a year, for interest. */
const YEAR_SECS = 31_536_000;

/** When interest alone makes the vault unhealthy at this price; null where it never does. */
export function secsToUnhealthy(sight: Sight, state: VaultState): number | null {
  const { market, terms } = state;
  if (sight.debt === 0n || sight.unhealthy || market.rate === 0n || market.index === 0n) return null;
  // The index grows by rate times index of the last change; what it grows by now is at most that of today.
  const limit = (sight.value * terms.liqLtv) / 10n ** 18n;
  const grow = (sight.debt * market.rate) / 10n ** 18n;
  if (grow === 0n) return null;
  const secs = Number((limit - sight.debt) / grow);
  return secs > 100 * YEAR_SECS ? null : secs;
}

/** Every figure of a vault before and after an action. */
export function vaultLines(flow: VaultFlow, after: Vault | undefined): Line[] {
  const state = flow.vault;
  const now = sightAt(state);
  const then = after === undefined ? undefined : sightAt(state, after);
  const line = (label: string, show: (sight: Sight) => ReactNode): Line =>
    then === undefined ? { label, after: show(now) } : { label, before: show(now), after: show(then) };
  return [
    line('Collateral', (sight) => <AssetAmount value={sight.collateral} asset={flow.collateral} />),
    line('Owes', (sight) => <TokenAmount value={sight.debt} symbol={flow.synthetic.symbol} />),
    line('Ratio', ratioText),
    line('Unhealthy under', (sight) => <LiquidationPrice sight={sight} flow={flow} />),
    line('Distance from the price', (sight) => distanceText(sight, state)),
    line('Redemption fee', (sight) => feeText(sight, state)),
  ];
}

/** The same figures as they are compared after signing; interest moves all but the collateral by the second. */
export function vaultFacts(flow: VaultFlow, state: VaultState, vault: Vault): Fact[] {
  const { decimals, symbol } = flow.collateral;
  const debt = debtUp(vault.norm, state.market.index);
  const sight = sightOf(state.terms, state.price, { ...vault, debt }, state.now);
  const price = liquidationPriceOf(state.terms, vault.collateral, debt);
  return [
    { label: 'Collateral in the vault', amount: vault.collateral, decimals, unit: symbol },
    { label: 'Owed by the vault', amount: debt, decimals: 18, unit: flow.synthetic.symbol },
    ...(sight.ratio === null ? [] : [{ label: 'Ratio', amount: sight.ratio, decimals: 16, unit: '%' }]),
    ...(price === null
      ? []
      : [
          {
            label: 'Unhealthy under',
            amount: wholePrice(price, decimals),
            decimals: 18,
            unit: flow.synthetic.symbol,
          },
        ]),
  ];
}

/** Said where the price is not safe, with what still works. */
export function PriceNotice({ flow, action }: { flow: VaultFlow; action?: ReactNode }): ReactNode {
  const { price } = flow.vault;
  const { symbol } = flow.collateral;
  if (price.state === 'safe') return null;
  const age = price.updatedAt === 0 ? 'was never stored' : `was stored ${durationText(flow.now - price.updatedAt)} ago`;
  const words = {
    stepped: 'The price moved faster than a step allows. It settles within minutes unless it goes on moving.',
    grace: `The price ${age} and is not safe. Takes wait.`,
    late: `The price ${age} and is not safe. Takes go on by time alone.`,
  }[price.state];
  return (
    <Notice kind="watch" title={`No new debt at this price of ${symbol}`} action={action}>
      {words} Adding collateral and repaying always work.
    </Notice>
  );
}
