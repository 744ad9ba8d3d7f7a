//! Reverts of a synthetic's contracts in words.

use alloy::primitives::U256;
use ballast_bindings::CustomError;
use ballast_chain::accrual::TOKEN_DECIMALS;
use ballast_chain::vaults::MarketState;
use ballast_types::decimal;

use crate::units::{Amount, duration, instant, mul_div_up};

/// One error, and the market that it is about where that is known.
pub struct Words<'a> {
    /// The error.
    pub custom: &'a CustomError,
    /// The market.
    pub market: Option<&'a MarketState>,
}

impl Words<'_> {
    fn field(&self, name: &str) -> &str {
        self.custom.field(name).unwrap_or("?")
    }

    fn word(&self, name: &str) -> U256 {
        self.custom.uint(name).unwrap_or_default()
    }

    fn time(&self, name: &str) -> String {
        instant(u64::try_from(self.word(name)).unwrap_or(u64::MAX))
    }

    fn debt(&self, base: U256) -> String {
        match self.market {
            Some(market) => Amount::token(base, &market.synthetic.symbol).to_string(),
            None => decimal::format(base, TOKEN_DECIMALS),
        }
    }

    fn collateral(&self, base: U256) -> String {
        match self.market {
            Some(MarketState { collateral, .. }) => {
                Amount::new(base, collateral.decimals, &collateral.symbol).to_string()
            }
            None => format!("{base} base units"),
        }
    }

    /// What an owner's action can meet.
    pub fn owner(&self) -> Option<String> {
        Some(match self.custom.name.as_str() {
            "AmountTooLarge" if self.custom.field("limit").is_some() => self.too_large(),
            "Undercollateralised" => self.undercollateralised(),
            "DebtTooSmall" => format!(
                "debt: {} is under the least of {}; a vault has that much, or none",
                self.debt(self.word("debt")),
                self.debt(self.word("least"))
            ),
            "CeilingReached" => format!(
                "debt: the market would owe {}, over its ceiling of {}",
                self.debt(self.word("debt")),
                self.debt(self.word("ceiling"))
            ),
            "MintLimitReached" => self.mint_limit(),
            "NewDebtIsStopped" => format!("debt: new debt is stopped until {}", self.time("until")),
            "PriceUnsafe" => self.price_unsafe(),
            "NotOperator" => format!(
                "owner: {} has not let {} act for it; anyone may add collateral and repay",
                self.field("owner"),
                self.field("caller")
            ),
            "UnknownMarket" => format!(
                "market: {} is none of this book's; `ballast vault markets` lists them",
                self.field("market")
            ),
            _ => return None,
        })
    }

    fn too_large(&self) -> String {
        let shown = |base| match self.field("field") {
            "collateral" => self.collateral(base),
            "units" | "rate" | "markets" | "secs" => base.to_string(),
            _ => self.debt(base),
        };
        format!(
            "{}: {} is over the maximum of {}",
            self.field("field"),
            shown(self.word("amount")),
            shown(self.word("limit"))
        )
    }

    fn undercollateralised(&self) -> String {
        let (debt, most) = (self.word("debt"), self.word("most"));
        let enough = self.market.and_then(|market| market.collateral_least(debt));
        let enough = enough.map_or_else(String::new, |least| {
            format!("; that debt needs {}", self.collateral(least))
        });
        format!(
            "debt: {} is over the {} that this collateral allows{enough}",
            self.debt(debt),
            self.debt(most)
        )
    }

    fn mint_limit(&self) -> String {
        let (amount, mintable) = (self.word("amount"), self.word("mintable"));
        let said = format!(
            "debt: {} is over the {} that may be minted now",
            self.debt(amount),
            self.debt(mintable)
        );
        let Some(market) = self.market else {
            return said;
        };
        if amount > market.mint_limit {
            let limit = self.debt(market.mint_limit);
            return format!("{said}; there is never more than {limit}");
        }
        let window = U256::from(market.terms.mint_window_secs.get());
        let wait = mul_div_up(amount.saturating_sub(mintable), window, market.mint_limit);
        let wait = u64::try_from(wait).unwrap_or(u64::MAX);
        format!("{said}; as much may be minted in {}", duration(wait))
    }

    fn price_unsafe(&self) -> String {
        match self.word("state").to::<u64>() {
            1 => "price: it moves faster than a step allows: new debt, withdrawals against debt and write-offs wait, the rest goes on".to_owned(),
            2 => "price: too few sources agree or it is too old; repaying and adding collateral go on, takes wait until the grace is over".to_owned(),
            _ => "price: too few sources agree or it is too old; repaying and adding collateral go on".to_owned(),
        }
    }

    /// What takers, redeemers and those who settle losses can meet.
    pub fn anyone(&self) -> Option<String> {
        Some(match self.custom.name.as_str() {
            "NothingToTake" => {
                "owners: none of these vaults is unhealthy, or max_paid is too small for any"
                    .to_owned()
            }
            "NothingToRedeem" => format!(
                "owner: nothing of the vault of {} can be redeemed for this amount",
                self.field("owner")
            ),
            "NothingToBook" => format!(
                "owner: the vault of {} owes no more than its collateral is worth",
                self.field("owner")
            ),
            "Insolvent" => format!(
                "owner: the vault of {} owes {}, its collateral is worth {}; `ballast take` or `ballast book` it",
                self.field("owner"),
                self.debt(self.word("debt")),
                self.debt(self.word("value"))
            ),
            "TooLittleCollateral" => format!(
                "min_collateral: {} would be paid, under the least of {}",
                self.collateral(self.word("collateral")),
                self.collateral(self.word("least"))
            ),
            "TooManyOwners" => format!(
                "owners: {} are over the maximum of {}",
                self.word("count"),
                self.word("most")
            ),
            "CannotStopYet" => format!(
                "for: new debt cannot be stopped again before {}",
                self.time("notBefore")
            ),
            "NotGovernor" => format!("sender: {} is not the governor", self.field("caller")),
            "BadTerm" => format!(
                "{}: {} is outside {} to {}",
                self.field("field"),
                self.word("value"),
                self.word("least"),
                self.word("most")
            ),
            "BadAddress" => format!(
                "{}: {} cannot be it",
                self.field("field"),
                self.field("value")
            ),
            "SourceLocked" => format!(
                "asset: source {} cannot be read in this call; try again",
                self.field("source")
            ),
            "TooLittleGas" => format!(
                "gas: {} is left, the sources need {}",
                self.word("left"),
                self.word("needed")
            ),
            "NotDerived" => format!(
                "source: {} cannot stand alone; at least three sources are needed",
                self.field("source")
            ),
            "UnknownAsset" => format!("asset: no price of {} is kept here", self.field("asset")),
            _ => return None,
        })
    }

    /// What the governor, the rate controller and a feed can refuse.
    pub fn governor(&self) -> Option<String> {
        let early = ["readyAt", "notBefore", "effectiveAt"]
            .into_iter()
            .find(|name| self.custom.field(name).is_some());
        Some(match self.custom.name.as_str() {
            "TooEarly" => format!("not before {}", self.time(early.unwrap_or("readyAt"))),
            "Expired" => format!(
                "it expired at {}; schedule it again",
                self.time("expiresAt")
            ),
            "NothingScheduled" => format!("id: nothing is scheduled under {}", self.word("id")),
            "UnknownTarget" => format!(
                "target: {} is none of the contracts that this governor may call",
                self.field("target")
            ),
            "NotOwnerOrGuardian" => format!(
                "sender: {} is neither owner nor guardian of this book",
                self.field("caller")
            ),
            "NotPendingOwner" => format!(
                "sender: {} was not proposed as owner of this book",
                self.field("caller")
            ),
            "NotLower" => format!(
                "value: {} is not under {}; only the owner may raise it, after the delay",
                self.debt(self.word("value")),
                self.debt(self.word("current"))
            ),
            "AnswerOutOfBounds" => format!(
                "feed: {} is outside {} to {}",
                self.field("answer"),
                self.field("least"),
                self.field("most")
            ),
            _ => return None,
        })
    }

    /// What the contract that takes signed reports can refuse.
    pub fn reports(&self) -> Option<String> {
        let report = || format!("report {}", self.field("index"));
        Some(match self.custom.name.as_str() {
            "TooFewReports" => format!(
                "reports: {} are under the quorum of {}",
                self.field("count"),
                self.field("quorum")
            ),
            "BadRound" => format!(
                "round: {} is outside {} to {}",
                self.field("round"),
                self.field("least"),
                self.field("most")
            ),
            "BadReportTime" => format!(
                "{}: its time {} is outside {} to {}",
                report(),
                self.time("time"),
                self.time("least"),
                self.time("most")
            ),
            "BadReport" => format!(
                "{}: a price of {} with a confidence of {} says nothing",
                report(),
                self.field("price"),
                self.field("confidence")
            ),
            "BadSignature" if self.custom.field("index").is_some() => {
                format!("{}: its signature is none", report())
            }
            "NotSigner" => format!("{}: {} is no signer", report(), self.field("signer")),
            "NotSorted" => format!(
                "{}: {} is not above the signer before; reports come sorted, each signer once",
                report(),
                self.field("signer")
            ),
            "NothingReported" => format!(
                "asset: nobody has reported a price of {} yet",
                self.field("asset")
            ),
            _ => return None,
        })
    }

    /// What a keeper's desk can refuse.
    pub fn desk(&self) -> Option<String> {
        Some(match self.custom.name.as_str() {
            "OrderExpired" => format!("deadline: {} has passed", self.time("deadline")),
            "BadHop" => format!(
                "hops: pair {} does not lead from the collateral to the synthetic",
                self.field("pair")
            ),
            "PoolTooSmall" => format!(
                "hops: pair {} has {} base units, {} are wanted",
                self.field("pair"),
                self.word("reserve"),
                self.word("wanted")
            ),
            "SaleTooDear" => format!(
                "hops: {} of collateral would have to be sold, {} are there",
                self.collateral(self.word("needed")),
                self.collateral(self.word("collateral"))
            ),
            "ProfitTooSmall" => format!(
                "min_profit: {} would be left, under the least of {}",
                self.collateral(self.word("profit")),
                self.collateral(self.word("least"))
            ),
            "NothingToSend" => format!("token: the desk has none of {}", self.field("token")),
            _ => return None,
        })
    }

    /// What the peg module and the backstop can refuse.
    pub fn reserves(&self) -> Option<String> {
        Some(match self.custom.name.as_str() {
            "CapReached" => format!(
                "amount: the peg module would answer for {}, over its cap of {}",
                self.debt(self.word("ledger")),
                self.debt(self.word("cap"))
            ),
            "CustodyTooCheap" => {
                "custody: its price is too far under one to be taken in".to_owned()
            }
            "DeficitStands" => format!(
                "deficit: {} are not paid yet",
                self.debt(self.word("deficit"))
            ),
            "NoFees" => "fees: there are none to collect".to_owned(),
            "TooLittle" => format!(
                "{}: {} is under the least of {}",
                self.field("field"),
                self.word("amount"),
                self.word("least")
            ),
            "OnlyByRequest" => {
                "backstop: entries and exits are requests that wait; there is no way around them"
                    .to_owned()
            }
            "AlreadySettled" => format!("epoch: {} is settled; claim it", self.word("epoch")),
            "NotSettled" => format!("epoch: {} is not settled yet", self.word("epoch")),
            "NothingRequested" => format!(
                "epoch: {} requested nothing in {}",
                self.field("owner"),
                self.word("epoch")
            ),
            "NothingToClaim" => format!(
                "epoch: {} has nothing to claim of {}",
                self.field("owner"),
                self.word("epoch")
            ),
            "DiscountTooSmall" => format!(
                "price: {} would be paid, at most {} may",
                self.debt(self.word("paid")),
                self.debt(self.word("most"))
            ),
            "PriceAboveLimit" if self.custom.field("limit").is_some() => {
                format!(
                    "max_paid: the price is {}, over the limit of {}",
                    self.debt(self.word("paid")),
                    self.debt(self.word("limit"))
                )
            }
            _ => return None,
        })
    }
}
