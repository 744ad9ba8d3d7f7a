//! The parts of synthetics that the manifest names: which are watched, what a book that came later brings with it, and
//! what is fixed about them for ever.

use std::collections::{BTreeMap, BTreeSet};

use alloy::eips::BlockId;
use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::providers::Provider;
use alloy::rpc::types::Filter;
use alloy::sol_types::{SolCall, SolValue};
use ballast_bindings::aggregator::PriceAggregator;
use ballast_bindings::backstop::Backstop;
use ballast_bindings::book::VaultBook;
use ballast_bindings::peg::PegModule;
use ballast_chain::ChainError;
use ballast_store::{
    AssetFacts, AssetPrice, BackstopFacts, Block, Column, PegFacts, PriceSource, SourceFacts,
    Statement, SyntheticFacts, VaultMarket, Watched, Write, all, get,
};

use crate::IndexError;
use crate::facts::{Entry, has_no_state, read_asset, shown, told};
use crate::indexer::Indexer;
use crate::projections::Projection;
use crate::source::Source;
use crate::watch::{Role, event};

alloy::sol! {
    /// What sources of prices are asked for to tell what they are.
    interface SourceProbe {
        function feed() external view returns (address);
        function quorum() external view returns (address);
        function pair() external view returns (address);
        function vault() external view returns (address);
        function reserve() external view returns (address);
        function token() external view returns (address);
        function prices() external view returns (address);
        function first() external view returns (address);
        function governor() external view returns (address);
    }
}

/// Tables of facts that never change while their contract exists; a reorganisation may have taken it back.
const FACT_TABLES: [&str; 4] = [
    "backstop_facts",
    "peg_facts",
    "source_facts",
    "synthetic_facts",
];
/// Addresses in one request.
const ADDRESSES_MAX: usize = 500;
/// The kind of a source that a quorum of signers stands behind.
const REPORTS: &str = "reports";

/// Whether a log names an asset that is to be described.
pub(crate) fn names_assets(entry: &Entry<'_>) -> bool {
    match entry.part.role {
        Role::Book => event::<VaultBook::MarketCreated>(entry.log).is_some(),
        Role::Prices => event::<PriceAggregator::AssetAdded>(entry.log).is_some(),
        _ => false,
    }
}

impl Indexer {
    /// The statements that forget what is fixed about the parts of synthetics, so that it is read again.
    pub(crate) fn forgotten_facts(&self) -> Vec<Write> {
        FACT_TABLES.map(Write::clear).to_vec()
    }

    /// Has every part that the manifest names watched. Logs of one that came to the manifest after its first block was
    /// indexed are read now, and what is folded from parts of synthetics is made anew.
    pub(crate) async fn claim_synthetics(&mut self) -> Result<(), IndexError> {
        self.watched = all::<Watched>(self.store.as_ref()).await?;
        let known: BTreeSet<Address> = self.watched.iter().map(|one| one.contract).collect();
        let mut missing = self.parts().await?;
        missing.retain(|one| !known.contains(&one.contract));
        if missing.is_empty() {
            return Ok(());
        }
        let head = self.head().await?;
        let late = head.filter(|head| missing.iter().any(|one| one.since <= head.number));
        let mut writes: Vec<Write> = missing.iter().map(Write::put).collect();
        if let Some(head) = &late {
            self.read_late(&missing, head).await?;
            writes.insert(0, confirmed(head));
            for projection in Projection::ALL {
                if projection.is_of_synthetics() {
                    writes.extend(self.emptied(projection));
                }
            }
        }
        self.store.write(writes).await?;
        self.watched.extend(missing);
        self.known = None;
        self.forget();
        Ok(())
    }

    /// The parts of every synthetic of the manifest, and the quorums behind the sources of its prices.
    async fn parts(&self) -> Result<Vec<Watched>, IndexError> {
        let mut parts: BTreeMap<Address, Watched> = BTreeMap::new();
        for book in &self.manifest.books {
            let synthetic = book.book.address;
            // A quorum may be older than the synthetic that it reports to.
            let (since, genesis) = (book.first_block, self.manifest.genesis_block);
            let mut add = |contract: Address, role: Role| {
                parts.entry(contract).or_insert_with(|| Watched {
                    contract,
                    role: role.name().to_owned(),
                    synthetic,
                    since: if role == Role::Reports {
                        genesis
                    } else {
                        since
                    },
                });
            };
            add(synthetic, Role::Book);
            add(book.prices.address, Role::Prices);
            add(book.governor.address, Role::Governor);
            let rest = [
                (book.peg_module, Role::Peg),
                (book.rate_controller, Role::Rates),
                (book.backstop, Role::Backstop),
            ];
            for (part, role) in rest {
                if let Some(part) = part {
                    add(part.address, role);
                }
            }
            for source in &book.sources {
                let facts = self.source_facts(source.address).await?;
                let quorum = facts.filter(|facts| facts.kind == REPORTS);
                if let Some(contract) = quorum.and_then(|facts| facts.behind) {
                    add(contract, Role::Reports);
                }
            }
        }
        Ok(parts.into_values().collect())
    }

    /// Stores the logs of `parts` in the blocks that are stored already.
    async fn read_late(&self, parts: &[Watched], head: &Block) -> Result<(), IndexError> {
        let mut since: BTreeMap<Address, u64> = BTreeMap::new();
        for one in parts {
            since.insert(one.contract, one.since);
        }
        let addresses: Vec<Address> = since.keys().copied().collect();
        let filters: Vec<Filter> = addresses
            .chunks(ADDRESSES_MAX)
            .map(|some| Filter::new().address(some.to_vec()))
            .collect();
        let stored: BTreeMap<u64, B256> = all::<Block>(self.store.as_ref())
            .await?
            .into_iter()
            .map(|block| (block.number, block.hash))
            .collect();
        let mut from = since.values().copied().min().unwrap_or(head.number);
        while from <= head.number {
            let span = self.options.span_max.max(1).saturating_sub(1);
            let to = from.saturating_add(span).min(head.number);
            let (_, mut logs) = self.source.range(&filters, from, to).await?;
            logs.retain(|log| since.get(&log.address).is_some_and(|at| *at <= log.block));
            let other = |hash: &B256, log: B256| *hash != log;
            let strange = logs.iter().find(|log| {
                stored
                    .get(&log.block)
                    .is_some_and(|hash| other(hash, log.block_hash))
            });
            if let Some(log) = strange {
                return Err(IndexError::Contradiction {
                    block: log.block,
                    detail: "the chain changed while logs of a further synthetic were read"
                        .to_owned(),
                });
            }
            let mut writes = vec![confirmed(head)];
            writes.extend(logs.iter().map(Write::put));
            self.store.write(writes).await?;
            from = to.saturating_add(1);
        }
        Ok(())
    }

    /// Reads what is fixed about the parts of synthetics and is not in the store yet. Whether everything was there.
    pub(crate) async fn read_synthetic_facts(&self, head: &Block) -> Result<bool, IndexError> {
        let mut complete = true;
        for one in &self.watched {
            complete &= match one.role.as_str() {
                "book" => self.read_synthetic(one.contract, head).await?,
                "peg" => self.read_peg(one.contract, head).await?,
                "backstop" => self.read_backstop(one.contract, head).await?,
                _ => true,
            };
        }
        for source in all::<PriceSource>(self.store.as_ref()).await? {
            complete &= self.source_facts(source.source).await?.is_some();
        }
        self.read_assets(head).await?;
        Ok(complete)
    }

    /// Whether there is a contract at `address`.
    async fn is_there(&self, address: Address) -> Result<bool, IndexError> {
        let request = self.source.endpoint.provider().get_code_at(address);
        let code = self.source.ask("eth_getCode", request).await?;
        Ok(!code.is_empty())
    }

    async fn read_synthetic(&self, synthetic: Address, head: &Block) -> Result<bool, IndexError> {
        let found: Option<SyntheticFacts> =
            get(self.store.as_ref(), vec![synthetic.to_value()]).await?;
        if found.is_some() {
            return Ok(true);
        }
        if !self.is_there(synthetic).await? {
            return Ok(false);
        }
        let (source, at) = (&self.source, BlockId::latest());
        let book = VaultBook::new(synthetic, source.endpoint.provider());
        let facts = SyntheticFacts {
            synthetic,
            name: shown(&source.call("name", at, book.name()).await?),
            symbol: shown(&source.call("symbol", at, book.symbol()).await?),
            surplus_buffer: source
                .call("surplus buffer", at, book.surplusBuffer())
                .await?,
        };
        let writes = vec![confirmed(head), Write::put(&facts)];
        self.store.write(writes).await?;
        Ok(true)
    }

    async fn read_peg(&self, module: Address, head: &Block) -> Result<bool, IndexError> {
        let found: Option<PegFacts> = get(self.store.as_ref(), vec![module.to_value()]).await?;
        if found.is_some() {
            return Ok(true);
        }
        if !self.is_there(module).await? {
            return Ok(false);
        }
        let (source, at) = (&self.source, BlockId::latest());
        let peg = PegModule::new(module, source.endpoint.provider());
        let facts = PegFacts {
            module,
            custody_token: source.call("custody token", at, peg.custodyToken()).await?,
            par: source.call("par", at, peg.par()).await?,
            fee_in: source.call("entry fee", at, peg.feeIn()).await?,
            fee_out: source.call("exit fee", at, peg.feeOut()).await?,
            cap_max: source.call("largest cap", at, peg.capMax()).await?,
        };
        let writes = vec![confirmed(head), Write::put(&facts)];
        self.store.write(writes).await?;
        Ok(true)
    }

    async fn read_backstop(&self, backstop: Address, head: &Block) -> Result<bool, IndexError> {
        let found: Option<BackstopFacts> =
            get(self.store.as_ref(), vec![backstop.to_value()]).await?;
        if found.is_some() {
            return Ok(true);
        }
        if !self.is_there(backstop).await? {
            return Ok(false);
        }
        let (source, at) = (&self.source, BlockId::latest());
        let contract = Backstop::new(backstop, source.endpoint.provider());
        let cooldown = source.call("cooldown", at, contract.cooldownSecs()).await?;
        let genesis = source.call("genesis", at, contract.genesis()).await?;
        let facts = BackstopFacts {
            backstop,
            name: shown(&source.call("name", at, contract.name()).await?),
            symbol: shown(&source.call("symbol", at, contract.symbol()).await?),
            decimals: source
                .call("decimals", at, contract.decimals())
                .await?
                .into(),
            cooldown_secs: cooldown.saturating_to(),
            genesis: genesis.saturating_to(),
        };
        let writes = vec![confirmed(head), Write::put(&facts)];
        self.store.write(writes).await?;
        Ok(true)
    }

    /// What a source of prices is; none where there is no contract yet.
    async fn source_facts(&self, source: Address) -> Result<Option<SourceFacts>, IndexError> {
        let found: Option<SourceFacts> = get(self.store.as_ref(), vec![source.to_value()]).await?;
        if found.is_some() {
            return Ok(found);
        }
        if !self.is_there(source).await? {
            return Ok(None);
        }
        let (kind, behind) = kind_of(&self.source, source).await?;
        let facts = SourceFacts {
            source,
            kind: kind.to_owned(),
            behind,
        };
        self.store.write(vec![Write::put(&facts)]).await?;
        Ok(Some(facts))
    }

    /// Describes every asset that a market or a price names, as it was in the block that named it first.
    async fn read_assets(&self, head: &Block) -> Result<(), IndexError> {
        let mut named: BTreeMap<Address, u64> = BTreeMap::new();
        let markets = all::<VaultMarket>(self.store.as_ref()).await?;
        let markets = markets.into_iter().map(|one| (one.collateral, one.block));
        let prices = all::<AssetPrice>(self.store.as_ref()).await?;
        let prices = prices.into_iter().map(|one| (one.asset, one.block));
        for (asset, block) in markets.chain(prices) {
            let first = named.entry(asset).or_insert(block);
            *first = block.min(*first);
        }
        for (asset, block) in named {
            let found: Option<AssetFacts> =
                get(self.store.as_ref(), vec![asset.to_value()]).await?;
            let facts = match found {
                Some(facts) if facts.block <= block => continue,
                Some(facts) => AssetFacts { block, ..facts },
                None => self.asset_at(asset, block).await?,
            };
            let writes = vec![confirmed(head), Write::put(&facts)];
            self.store.write(writes).await?;
        }
        Ok(())
    }

    /// What an asset says of itself in the state of `block`, or now where the endpoint has no state that old.
    async fn asset_at(&self, asset: Address, block: u64) -> Result<AssetFacts, IndexError> {
        let there = self.source.at_number(block).await?;
        let there = there.ok_or_else(|| IndexError::Contradiction {
            block,
            detail: "the chain was longer a moment ago".to_owned(),
        })?;
        let at = BlockId::hash(there.block.hash);
        match read_asset(&self.source, block, asset, at).await {
            Err(IndexError::Chain(ChainError::Rpc { detail, .. })) if has_no_state(&detail) => {
                tracing::debug!("no state at block {block}: {detail}");
                read_asset(&self.source, block, asset, BlockId::latest()).await
            }
            answer => answer,
        }
    }
}

/// Where another program that writes this store has meanwhile taken the head back, nothing is written.
fn confirmed(head: &Block) -> Write {
    let params = vec![head.number.to_value(), head.hash.to_value()];
    Write::new(Statement::new("blocks", "confirm"), params).touching(1)
}

/// What a source of prices is, by what it can be asked, and what stands behind it.
async fn kind_of(
    source: &Source,
    contract: Address,
) -> Result<(&'static str, Option<Address>), IndexError> {
    let probes: [(&str, Vec<u8>); 9] = [
        ("chainlink", SourceProbe::feedCall {}.abi_encode()),
        (REPORTS, SourceProbe::quorumCall {}.abi_encode()),
        ("pair_average", SourceProbe::pairCall {}.abi_encode()),
        ("vault_rate", SourceProbe::vaultCall {}.abi_encode()),
        ("floor", SourceProbe::reserveCall {}.abi_encode()),
        ("look_through", SourceProbe::tokenCall {}.abi_encode()),
        ("stored", SourceProbe::pricesCall {}.abi_encode()),
        ("composed", SourceProbe::firstCall {}.abi_encode()),
        ("attested", SourceProbe::governorCall {}.abi_encode()),
    ];
    for (kind, input) in probes {
        let answer = told(source, BlockId::latest(), contract, input).await?;
        if let Some(behind) = answer.as_ref().and_then(address_of) {
            return Ok((kind, Some(behind)));
        }
    }
    Ok(("other", None))
}

/// The address that a contract answered; none where it answered something else.
fn address_of(bytes: &Bytes) -> Option<Address> {
    let word = U256::abi_decode(bytes).ok()?;
    let address = Address::from_word(word.into());
    let is_address = word.bit_len() <= Address::len_bytes() * 8;
    (is_address && !address.is_zero()).then_some(address)
}
