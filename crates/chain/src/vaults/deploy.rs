//! A synthetic with all its parts: which contracts, in which order, and where each will be.

use alloy::primitives::aliases::I256;
use alloy::primitives::{Address, Bytes, U256};
use alloy::sol_types::{SolCall, SolValue};
use ballast_bindings::Artifact;
use ballast_bindings::aggregator::PriceAggregator;
use ballast_bindings::book::VaultBook;
use ballast_bindings::governor::VaultGovernor;
use ballast_bindings::rates::RateController;
use ballast_model::vaults::MarketTerms;

use crate::endpoint::Endpoint;
use crate::error::ChainError;
use crate::manifest::{BookRecord, ContractRecord};
use crate::sender::{Receipt, Step};

/// Decimals of the local chain's own feeds.
pub const DEV_FEED_DECIMALS: u8 = 8;
/// Decimals of the unit of account.
const UNIT_DECIMALS: u8 = 18;

/// What a synthetic is to be. Amounts in base units, ratios and rates in wad.
#[derive(Clone, Debug)]
pub struct BookPlan {
    /// Its name.
    pub name: String,
    /// Its symbol.
    pub symbol: String,
    /// What the surplus keeps before anything goes to the backstop, in base units of the synthetic.
    pub surplus_buffer: U256,
    /// Who schedules changes.
    pub owner: Address,
    /// Who stops new debt and takes scheduled changes back.
    pub guardian: Address,
    /// Seconds before a scheduled change can run.
    pub delay_secs: u64,
    /// Every asset that is priced.
    pub assets: Vec<AssetPlan>,
    /// The markets, in the order of their numbers.
    pub markets: Vec<MarketPlan>,
    /// Exchange with a custody token.
    pub peg: Option<PegPlan>,
    /// What moves the stability rates; without it they never change.
    pub rates: Option<RateController::RateTerms>,
    /// Seconds that the backstop's entries and exits wait; none for no backstop.
    pub backstop_cooldown_secs: Option<u64>,
}

/// One market. `prices` and `rate_controller` of its terms are filled in here.
#[derive(Clone, Copy, Debug)]
pub struct MarketPlan {
    /// What never changes of it.
    pub terms: MarketTerms,
    /// Most debt, a whole number of synthetics.
    pub ceiling: U256,
    /// Most net mint in a window, a whole number of synthetics.
    pub mint_limit: U256,
    /// Growth of its index a second.
    pub rate: U256,
}

/// How one asset is priced.
#[derive(Clone, Debug)]
pub struct AssetPlan {
    /// The asset; none for the synthetic itself.
    pub asset: Option<Address>,
    /// Its decimals.
    pub decimals: u8,
    /// How its sources are made one price.
    pub terms: PriceAggregator::AssetTerms,
    /// Its sources.
    pub sources: Vec<SourcePlan>,
}

/// One source of an asset's price.
#[derive(Clone, Copy, Debug)]
pub struct SourcePlan {
    /// The feed behind it.
    pub feed: FeedPlan,
    /// The least that the feed can answer, in its own units; it does not count.
    pub feed_least: U256,
    /// The most that the feed can answer, in its own units; it does not count.
    pub feed_most: U256,
    /// Age above which its answer does not count, seconds.
    pub max_age_secs: u64,
    /// A price at or under this does not count, as `IPrices` scales prices.
    pub least: U256,
    /// A price at or above this does not count.
    pub most: U256,
    /// Gas that it may use.
    pub gas_most: u64,
    /// Whether it may answer that it cannot be read in this call, which fails the poke.
    pub lockable: bool,
    /// Whether it must see the price now and then, and is called first.
    pub observing: bool,
}

/// Where a source's answers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedPlan {
    /// A feed in Chainlink's shape that exists.
    Chainlink(Address),
    /// A new feed of the local chain that begins with this answer.
    Dev(U256),
    /// No feed: a source of any kind that exists.
    Source(Address),
}

/// The exchange with a custody token.
#[derive(Clone, Copy, Debug)]
pub struct PegPlan {
    /// The custody token, which must be among the priced assets.
    pub custody: Address,
    /// Fee of an entry.
    pub fee_in: U256,
    /// Fee of an exit.
    pub fee_out: U256,
    /// What the cap never exceeds, in base units of the synthetic.
    pub cap_most: U256,
}

/// The transactions that make a book, and where its parts will be when one key sends them without another in between.
#[derive(Clone, Debug)]
pub struct BookDeployment {
    /// The transactions, each a creation.
    pub steps: Vec<Step>,
    /// What each creates.
    pub created: Vec<Address>,
    /// The book, which is the synthetic.
    pub book: Address,
    /// Its prices.
    pub prices: Address,
    governor: Address,
    sources: Vec<Address>,
    peg_module: Option<Address>,
    rate_controller: Option<Address>,
    backstop: Option<Address>,
}

/// Creations counted from the deployer's nonce: each address is known before its contract.
struct Creations {
    deployer: Address,
    nonce: u64,
    steps: Vec<Step>,
    created: Vec<Address>,
}

impl Creations {
    fn address(&self, ahead: usize) -> Address {
        let ahead = u64::try_from(self.steps.len().saturating_add(ahead)).unwrap_or(u64::MAX);
        self.deployer.create(self.nonce.saturating_add(ahead))
    }

    fn add(&mut self, artifact: Artifact, args: &[u8]) -> Address {
        let address = self.address(0);
        let code: Bytes = [&artifact.bytecode()[..], args].concat().into();
        self.steps
            .push(Step::create(format!("deploy {}", artifact.name()), code));
        self.created.push(address);
        address
    }
}

/// Works out the creations of `plan` by `deployer`, whose next nonce is `nonce`.
pub fn book(plan: &BookPlan, deployer: Address, nonce: u64) -> BookDeployment {
    let mut make = Creations {
        deployer,
        nonce,
        steps: Vec::new(),
        created: Vec::new(),
    };
    let sources: Vec<Vec<Address>> = plan
        .assets
        .iter()
        .map(|asset| asset_sources(&mut make, asset))
        .collect();
    // Then, in this order: aggregator, book, governor, and what there is of peg module, rate controller and backstop.
    let (prices, book, governor) = (make.address(0), make.address(1), make.address(2));
    let mut next = 3;
    let mut part = |there: bool| {
        let address = there.then(|| make.address(next));
        next = next.saturating_add(usize::from(there));
        address
    };
    let peg_module = part(plan.peg.is_some());
    let rate_controller = part(plan.rates.is_some());
    let backstop = part(plan.backstop_cooldown_secs.is_some());
    let mut deployment = BookDeployment {
        steps: Vec::new(),
        created: Vec::new(),
        book,
        prices,
        governor,
        sources: sources.concat(),
        peg_module,
        rate_controller,
        backstop,
    };
    make.add(Artifact::PriceAggregator, &governor.abi_encode());
    let zero = |part: Option<Address>| part.unwrap_or_default();
    let args = (
        plan.name.clone(),
        plan.symbol.clone(),
        governor,
        zero(backstop),
        zero(peg_module),
        plan.surplus_buffer,
    );
    make.add(Artifact::VaultBook, &args.abi_encode_params());
    let args = governor_args(plan, &deployment, &sources);
    make.add(Artifact::VaultGovernor, &args);
    remaining_parts(&mut make, plan, &deployment);
    (deployment.steps, deployment.created) = (make.steps, make.created);
    deployment
}

fn asset_sources(make: &mut Creations, asset: &AssetPlan) -> Vec<Address> {
    let mut sources = Vec::with_capacity(asset.sources.len());
    for source in &asset.sources {
        let feed = match source.feed {
            FeedPlan::Source(source) => {
                sources.push(source);
                continue;
            }
            FeedPlan::Chainlink(feed) => feed,
            FeedPlan::Dev(answer) => {
                let args = (U256::from(DEV_FEED_DECIMALS), answer);
                make.add(Artifact::DevFeed, &args.abi_encode_params())
            }
        };
        let args = (
            feed,
            U256::from(asset.decimals),
            U256::from(UNIT_DECIMALS),
            I256::from_raw(source.feed_least),
            I256::from_raw(source.feed_most),
        );
        sources.push(make.add(Artifact::ChainlinkSource, &args.abi_encode_params()));
    }
    sources
}

fn remaining_parts(make: &mut Creations, plan: &BookPlan, deployment: &BookDeployment) {
    if let Some(peg) = &plan.peg {
        let args = (
            deployment.book,
            peg.custody,
            deployment.prices,
            peg.fee_in,
            peg.fee_out,
            peg.cap_most,
        );
        make.add(Artifact::PegModule, &args.abi_encode_params());
    }
    if let Some(terms) = &plan.rates {
        let args = (deployment.book, deployment.prices, terms.clone());
        make.add(Artifact::RateController, &args.abi_encode_params());
    }
    if let Some(secs) = plan.backstop_cooldown_secs {
        let args = (
            deployment.book,
            format!("{} Backstop", plan.name),
            format!("bs{}", plan.symbol),
            U256::from(secs),
        );
        make.add(Artifact::Backstop, &args.abi_encode_params());
    }
}

/// The governor's arguments: what it makes at once is the prices, then the markets.
fn governor_args(
    plan: &BookPlan,
    deployment: &BookDeployment,
    sources: &[Vec<Address>],
) -> Vec<u8> {
    let mut first = Vec::new();
    for (asset, sources) in plan.assets.iter().zip(sources) {
        let call = PriceAggregator::addAssetCall {
            asset: asset.asset.unwrap_or(deployment.book),
            terms: asset.terms.clone(),
            sources: source_terms(asset, sources),
        };
        first.push(VaultGovernor::FirstCall {
            target: deployment.prices,
            data: call.abi_encode().into(),
        });
    }
    for market in &plan.markets {
        let call = VaultBook::createMarketCall {
            terms: market_terms(&market.terms, deployment),
            ceiling: market.ceiling,
            mintLimit: market.mint_limit,
            rate: market.rate,
        };
        first.push(VaultGovernor::FirstCall {
            target: deployment.book,
            data: call.abi_encode().into(),
        });
    }
    let targets: Vec<Address> = [Some(deployment.prices), deployment.peg_module]
        .into_iter()
        .flatten()
        .collect();
    (
        deployment.book,
        plan.owner,
        plan.guardian,
        U256::from(plan.delay_secs),
        targets,
        first,
    )
        .abi_encode_params()
}

fn source_terms(asset: &AssetPlan, sources: &[Address]) -> Vec<PriceAggregator::SourceTerms> {
    asset
        .sources
        .iter()
        .zip(sources)
        .map(|(plan, source)| PriceAggregator::SourceTerms {
            source: *source,
            maxAgeSecs: U256::from(plan.max_age_secs),
            least: plan.least,
            most: plan.most,
            gasMost: U256::from(plan.gas_most),
            lockable: plan.lockable,
            observing: plan.observing,
        })
        .collect()
}

fn market_terms(terms: &MarketTerms, deployment: &BookDeployment) -> VaultBook::MarketTerms {
    VaultBook::MarketTerms {
        collateral: terms.collateral,
        prices: deployment.prices,
        borrowLtv: terms.borrow_ltv.get(),
        minDebt: terms.min_debt.get(),
        mintWindowSecs: U256::from(terms.mint_window_secs.get()),
        liqLtv: terms.liq_ltv.get(),
        maxDiscount: terms.max_discount.get(),
        rampSecs: U256::from(terms.ramp_secs.get()),
        feeMin: terms.fee_min.get(),
        feeSlope: terms.fee_slope.get(),
        rateController: deployment.rate_controller.unwrap_or_default(),
    }
}

impl BookDeployment {
    /// What the manifest keeps, after every transaction was mined.
    ///
    /// # Errors
    /// [`ChainError::Rpc`] where a contract is elsewhere than it must be, because the key sent something else in
    /// between; [`ChainError::NoCode`].
    pub async fn record(
        &self,
        endpoint: &Endpoint,
        symbol: &str,
        receipts: &[Receipt],
    ) -> Result<BookRecord, ChainError> {
        let made: Vec<Address> = receipts.iter().filter_map(|one| one.created).collect();
        if made != self.created {
            return Err(ChainError::Rpc {
                method: "deploy".to_owned(),
                detail: "another transaction of this key came in between, so that the parts do not know each other; \
                         deploy again"
                    .to_owned(),
            });
        }
        let first_block = receipts.first().map_or(0, |receipt| receipt.block);
        let some = |what: &'static str, address: Option<Address>| async move {
            match address {
                Some(address) => recorded(endpoint, what, address).await.map(Some),
                None => Ok(None),
            }
        };
        let mut sources = Vec::with_capacity(self.sources.len());
        for source in &self.sources {
            sources.push(recorded(endpoint, "source", *source).await?);
        }
        Ok(BookRecord {
            symbol: symbol.to_owned(),
            first_block,
            book: recorded(endpoint, "book", self.book).await?,
            prices: recorded(endpoint, "prices", self.prices).await?,
            governor: recorded(endpoint, "governor", self.governor).await?,
            peg_module: some("peg_module", self.peg_module).await?,
            rate_controller: some("rate_controller", self.rate_controller).await?,
            backstop: some("backstop", self.backstop).await?,
            sources,
        })
    }
}

async fn recorded(
    endpoint: &Endpoint,
    what: &str,
    address: Address,
) -> Result<ContractRecord, ChainError> {
    Ok(ContractRecord {
        address,
        code_hash: endpoint.code_hash(what, address).await?,
    })
}
