import type { Full, Narrow, Schemas, Sources } from './types';

/* Shapes of the answers about synthetics and the services around them; docs/api.md says what each field is. */

export type SyntheticSummary = Full<Schemas['SyntheticSummary']>;
/** A synthetic with its markets; the summary only counts them. */
export type SyntheticDetail = Narrow<
  Full<Schemas['SyntheticDetail']>,
  { markets: VaultMarketView[]; sources: Sources }
>;
export type SyntheticAnswer = Narrow<Full<Schemas['SyntheticAnswer']>, { synthetic: SyntheticDetail }>;
export type GovernorView = Full<Schemas['GovernorView']>;
export type GovernorCallView = Full<Schemas['GovernorCallView']>;
export type PegView = Full<Schemas['PegView']>;
export type BackstopView = Full<Schemas['BackstopView']>;
export type BackstopLotView = Full<Schemas['BackstopLotView']>;
export type RateControllerView = Full<Schemas['RateControllerView']>;
export type RateStepView = Full<Schemas['RateStepView']>;
export type PriceView = Full<Schemas['PriceView']>;
export type ScaledPrice = Full<Schemas['ScaledPrice']>;
export type VaultMarketView = Full<Schemas['VaultMarketView']>;
export type MarketTermsView = Full<Schemas['MarketTermsView']>;
export type RungView = Full<Schemas['RungView']>;
export type LadderAnswer = Full<Schemas['LadderAnswer']>;
export type VaultView = Full<Schemas['VaultView']>;
export type VaultChangeView = Full<Schemas['VaultChangeView']>;
export type VaultAnswer = Full<Schemas['VaultAnswer']>;
export type AccountVaultView = Full<Schemas['AccountVaultView']>;
export type VaultAuctionView = Full<Schemas['VaultAuctionView']>;
export type TakeView = Full<Schemas['TakeView']>;
export type RedemptionView = Full<Schemas['RedemptionView']>;
export type LossView = Full<Schemas['LossView']>;
export type RedemptionStep = Full<Schemas['RedemptionStep']>;
export type RedemptionQuote = Narrow<Full<Schemas['RedemptionQuote']>, { sources: Sources }>;
export type AssetPriceView = Full<Schemas['AssetPriceView']>;
export type PriceTermsView = Full<Schemas['PriceTermsView']>;
export type PriceSourceView = Full<Schemas['PriceSourceView']>;
export type ReportView = Full<Schemas['ReportView']>;
export type PricePoint = Full<Schemas['PricePoint']>;
export type PriceSeriesAnswer = Full<Schemas['PriceSeriesAnswer']>;
export type PriceFaultView = Full<Schemas['PriceFaultView']>;
export type PegMoveView = Full<Schemas['PegMoveView']>;
export type BackstopMoveView = Full<Schemas['BackstopMoveView']>;
export type BackstopRequestView = Full<Schemas['BackstopRequestView']>;
export type SyntheticHolderView = Full<Schemas['SyntheticHolderView']>;
/** `sends` counts by state. */
export type ServiceView = Narrow<Full<Schemas['ServiceView']>, { sends: Record<string, number> }>;
export type SendView = Full<Schemas['SendView']>;
export type AttemptView = Full<Schemas['AttemptView']>;
export type DecisionView = Full<Schemas['DecisionView']>;
