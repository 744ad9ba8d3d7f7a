//! What a launch fixed for ever: read from the chain once per token, kept beside its logs.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use alloy::consensus::Transaction as _;
use alloy::eips::BlockId;
use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::providers::Provider;
use alloy::rpc::types::TransactionRequest;
use alloy::sol_types::{SolCall, SolValue};
use ballast_bindings::launchpad::Launchpad;
use ballast_bindings::peers::Erc20;
use ballast_bindings::reserve::Reserve;
use ballast_bindings::token::AccrualToken;
use ballast_chain::ChainError;
use ballast_store::{
    AssetFacts, Block, Column, RawLog, Statement, Store, Token, TokenFacts, Write, all, find, get,
};

use crate::IndexError;
use crate::source::Source;
use crate::watch::{Part, Role, Watch, event};

/// Bytes of the proxy in front of the arguments that lie in a clone's code.
const PROXY_BYTES: usize = 45;
/// Bytes of one argument.
const WORD: usize = 32;
/// Which argument of a converter is which.
const PACKED: usize = 4;
const LOT: usize = 5;
const START_MULTIPLE: usize = 6;
const CONVERTER_ASSETS: usize = 7;
/// Which argument of a lock is its first time.
const LOCK_UNTIL: usize = 2;
/// Characters of a name or symbol that are kept.
const NAME_CHARS_MAX: usize = 64;

/// A launched token with what is fixed about it.
#[derive(Clone, Debug)]
pub(crate) struct Launch {
    pub parts: Token,
    pub facts: TokenFacts,
    /// Decimals of each backing asset.
    pub decimals: Vec<u64>,
}

impl Launch {
    /// Seconds since launch of the unix second `time`.
    pub fn elapsed(&self, time: u64) -> u64 {
        time.saturating_sub(self.facts.genesis)
    }
}

/// Everything launched up to one block.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// The store's newest block when this was read; what is stored up to a block with this hash never differs.
    pub head: Option<B256>,
    pub watch: Watch,
    pub launches: HashMap<Address, Arc<Launch>>,
}

/// A log of ours with what it is of.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'l> {
    pub part: Part,
    pub log: &'l RawLog,
    /// Of a launchpad's log, the token that it launched.
    pub launch: Option<Arc<Launch>>,
}

impl Known {
    /// Whether `address` is a token whose balances are kept: a launched one, a synthetic, or a backstop's shares.
    pub fn has_holders(&self, address: Address) -> bool {
        matches!(
            self.watch.role_of(address),
            Some(Role::Token | Role::Book | Role::Backstop)
        )
    }

    /// The launch that `address` is a part of.
    pub fn of(&self, address: Address) -> Option<&Launch> {
        let token = self.watch.token_of(address)?;
        self.launches.get(&token).map(AsRef::as_ref)
    }

    /// The log with what it is of; none where it is no concern of ours.
    pub fn entry<'l>(&self, log: &'l RawLog) -> Option<Entry<'l>> {
        let part = self.watch.part(log)?;
        let token = match part.role {
            Role::Launchpad => event::<Launchpad::TokenLaunched>(log)?.token,
            _ => part.token,
        };
        let launch = self.launches.get(&token).map(Arc::clone);
        Some(Entry { part, log, launch })
    }
}

/// What a contract says of itself when it is asked, or none where it cannot.
type Told = Option<Bytes>;

/// What an endpoint says that keeps no state as old as that asked for.
const NO_STATE: [&str; 8] = [
    "missing trie",
    "historical state",
    "state is not available",
    "state not available",
    "pruned",
    "archive",
    "outofrange",
    "out of range",
];

/// What an endpoint says where a contract failed, other than by a revert.
const CALL_FAILED: [&str; 5] = ["invalid opcode", "out of gas", "outofgas", "stack", "jump"];

/// Reads what the store has of `watch`'s launches up to `head`, asking the chain for what it lacks.
pub(crate) async fn known(
    source: &Source,
    store: &dyn Store,
    watch: Watch,
    head: Option<&Block>,
) -> Result<Known, IndexError> {
    let facts = all::<TokenFacts>(store).await?;
    let mut facts: BTreeMap<Address, TokenFacts> =
        facts.into_iter().map(|one| (one.token, one)).collect();
    let assets = all::<AssetFacts>(store).await?;
    let mut assets: BTreeMap<Address, AssetFacts> =
        assets.into_iter().map(|one| (one.asset, one)).collect();
    let mut missing: Vec<&Token> = watch
        .launches()
        .filter(|made| !facts.contains_key(&made.token))
        .collect();
    // In the order of the chain: an asset belongs to the first launch that names it.
    missing.sort_by_key(|made| made.block);
    for made in missing {
        let mut writes = Vec::new();
        if let Some(head) = head {
            // Where another program that writes this store has meanwhile taken the head back, nothing is written.
            let params = vec![head.number.to_value(), head.hash.to_value()];
            writes.push(Write::new(Statement::new("blocks", "confirm"), params).touching(1));
        }
        let state = state_of(source, store, made).await?;
        let at = state.at;
        let launchpad = watch.launchpad();
        let read = read_launch(source, store, launchpad, made, state).await?;
        writes.push(Write::put(&read));
        facts.insert(made.token, read);
        for asset in &made.assets {
            if !assets.contains_key(asset) {
                let read = read_asset(source, made.block, *asset, at).await?;
                writes.push(Write::put(&read));
                assets.insert(*asset, read);
            }
        }
        store.write(writes).await?;
    }
    let mut launches = HashMap::new();
    for made in watch.launches() {
        let decimals = made.assets.iter().map(|asset| assets.get(asset));
        let decimals: Option<Vec<u64>> = decimals.map(|one| one.map(|one| one.decimals)).collect();
        if let (Some(facts), Some(decimals)) = (facts.get(&made.token), decimals) {
            let launch = Launch {
                parts: made.clone(),
                facts: facts.clone(),
                decimals,
            };
            launches.insert(made.token, Arc::new(launch));
        }
    }
    Ok(Known {
        head: head.map(|head| head.hash),
        watch,
        launches,
    })
}

/// A state to read a launch from.
#[derive(Clone, Copy, Debug)]
struct State {
    at: BlockId,
    /// Whether it is that of the launch's own block.
    own: bool,
}

/// The state to read a launch from: that of its own block. Where the endpoint no longer has it, which only happens
/// far from the newest block, that of the newest: all but the fees is fixed for ever.
async fn state_of(source: &Source, store: &dyn Store, made: &Token) -> Result<State, IndexError> {
    let stored: Option<Block> = get(store, vec![made.block.to_value()]).await?;
    let own = match stored {
        Some(block) => block.hash,
        None => {
            let own = source.at_number(made.block).await?;
            let own = own.ok_or_else(|| IndexError::Contradiction {
                block: made.block,
                detail: "the chain was longer a moment ago".to_owned(),
            })?;
            own.block.hash
        }
    };
    let at = BlockId::hash(own);
    let token = AccrualToken::new(made.token, source.endpoint.provider());
    match source.call("fees", at, token.fees()).await {
        Err(IndexError::Chain(ChainError::Rpc { detail, .. })) if has_no_state(&detail) => {
            let tip = source.tip().await?;
            tracing::debug!("no state at block {}: {detail}", made.block);
            Ok(State {
                at: BlockId::hash(tip.block.hash),
                own: false,
            })
        }
        Err(error) => Err(error),
        Ok(_) => Ok(State { at, own: true }),
    }
}

/// The fees that the launch's own call names: buy and sell, in basis points. None where the launchpad was called by
/// another contract, whose call says nothing that could be read.
async fn called_with(
    source: &Source,
    store: &dyn Store,
    launchpad: Address,
    made: &Token,
) -> Result<Option<(u64, u64)>, IndexError> {
    let before = made.block.saturating_sub(1);
    let params = vec![before.to_value(), made.block.to_value()];
    let logs: Vec<RawLog> = find(store, "between", params).await?;
    let launched = logs.iter().find(|log| {
        log.address == launchpad
            && event::<Launchpad::TokenLaunched>(log).is_some_and(|of| of.token == made.token)
    });
    let Some(log) = launched else {
        return Ok(None);
    };
    let provider = source.endpoint.provider();
    let asked = provider.get_transaction_by_hash(log.transaction_hash);
    let Some(sent) = source.ask("eth_getTransactionByHash", asked).await? else {
        return Ok(None);
    };
    if sent.to() != Some(launchpad) {
        return Ok(None);
    }
    let call = Launchpad::launchCall::abi_decode(sent.input()).ok();
    let named = call.map(|call| call.params);
    Ok(named.map(|params| (params.fees.buyBps.into(), params.fees.sellBps.into())))
}

pub(crate) fn has_no_state(detail: &str) -> bool {
    let detail = detail.to_lowercase();
    NO_STATE.iter().any(|words| detail.contains(words))
}

async fn read_launch(
    source: &Source,
    store: &dyn Store,
    launchpad: Address,
    made: &Token,
    state: State,
) -> Result<TokenFacts, IndexError> {
    let at = state.at;
    let called = if state.own {
        None
    } else {
        called_with(source, store, launchpad, made).await?
    };
    let provider = source.endpoint.provider();
    let token = AccrualToken::new(made.token, provider);
    let reserve = Reserve::new(made.reserve, provider);
    let name = source.call("name", at, token.name()).await?;
    let symbol = source.call("symbol", at, token.symbol()).await?;
    let fees = source.call("fees", at, token.fees()).await?;
    let most = source.call("fee maxima", at, token.maxFees()).await?;
    let terms = source.call("terms", at, reserve.terms()).await?;
    let mut facts = TokenFacts {
        token: made.token,
        block: made.block,
        name: shown(&name),
        symbol: shown(&symbol),
        genesis: made.time,
        redeemable: u64::from(terms.redeemable),
        redeem_fee_bps: terms.redeemFeeBps.into(),
        ltv_bps: terms.ltvBps.into(),
        term_fee_bps: terms.termFeeBps.into(),
        flash_fee_bps: terms.flashFeeBps.into(),
        term_secs: terms.termSecs.into(),
        grace_secs: terms.graceSecs.into(),
        drip_secs: terms.dripSecs.into(),
        max_buy_bps: most.buyBps.saturating_to(),
        max_sell_bps: most.sellBps.saturating_to(),
        buy_bps: fees.buyBps.saturating_to(),
        sell_bps: fees.sellBps.saturating_to(),
        launch_supply: launch_supply(store, made).await?,
        token_is_first: u64::from(made.assets.first().is_some_and(|asset| made.token < *asset)),
        fees_known: u64::from(state.own || called.is_some()),
        ..TokenFacts::default()
    };
    if let Some((buy_bps, sell_bps)) = called {
        (facts.buy_bps, facts.sell_bps) = (buy_bps, sell_bps);
    }
    if let Some(converter) = made.converter {
        let words = source.clone_words("converter", converter, at).await?;
        converter_facts(&mut facts, made, &words);
    }
    if let Some(lock) = made.liquidity_lock {
        let words = source.clone_words("lock", lock, at).await?;
        facts.lock_until = words.get(LOCK_UNTIL).copied().unwrap_or_default();
    }
    Ok(facts)
}

/// What a converter's code says: its lot, its first multiple, the split of the fees.
fn converter_facts(facts: &mut TokenFacts, made: &Token, words: &[U256]) {
    let word = |index: usize| words.get(index).copied().unwrap_or_default();
    let bps = |word: U256, shift: usize| (word >> shift).as_limbs()[0] & 0xffff;
    let packed = word(PACKED);
    facts.lot = word(LOT);
    facts.start_multiple = word(START_MULTIPLE);
    facts.reserve_bps = bps(packed, 40);
    facts.burn_bps = bps(packed, 56);
    facts.liquidity_bps = bps(packed, 72);
    let first = CONVERTER_ASSETS.saturating_add(made.assets.len());
    let count = usize::try_from((packed >> 96_usize).as_limbs()[0] & 0xff).unwrap_or(0);
    for recipient in words.iter().skip(first).take(count) {
        let account = Address::from_word(B256::from(*recipient));
        facts.recipients.push(account);
        facts.recipient_bps.push(U256::from(bps(*recipient, 160)));
    }
}

/// What the token's first transfer made.
async fn launch_supply(store: &dyn Store, made: &Token) -> Result<U256, IndexError> {
    let before = made.block.saturating_sub(1);
    let params = vec![before.to_value(), made.block.to_value()];
    let logs: Vec<RawLog> = find(store, "between", params).await?;
    let of_token = logs.iter().filter(|log| log.address == made.token);
    let first = of_token
        .filter_map(event::<AccrualToken::Transfer>)
        .find(|moved| moved.from.is_zero());
    Ok(first.map(|moved| moved.value).unwrap_or_default())
}

/// What an asset says of itself; its address where it says nothing, and no decimals where it no longer says how many.
pub(crate) async fn read_asset(
    source: &Source,
    block: u64,
    asset: Address,
    at: BlockId,
) -> Result<AssetFacts, IndexError> {
    let name = told(source, at, asset, Erc20::nameCall {}.abi_encode()).await?;
    let symbol = told(source, at, asset, Erc20::symbolCall {}.abi_encode()).await?;
    let decimals = told(source, at, asset, Erc20::decimalsCall {}.abi_encode()).await?;
    let text = |told: Told| {
        let told = told.and_then(|bytes| text(&bytes));
        told.unwrap_or_else(|| asset.to_string())
    };
    let decimals = decimals.and_then(|bytes| U256::abi_decode(&bytes).ok());
    Ok(AssetFacts {
        asset,
        block,
        name: text(name),
        symbol: text(symbol),
        decimals: decimals
            .and_then(|word| u8::try_from(word).ok())
            .map_or(0, u64::from),
    })
}

/// Asks a contract that is not ours. Whatever it does, it must not hold up the index: where it fails, that is its
/// answer; where the endpoint fails, it is asked again.
pub(crate) async fn told(
    source: &Source,
    at: BlockId,
    to: Address,
    input: Vec<u8>,
) -> Result<Told, IndexError> {
    let request = TransactionRequest::default().to(to).input(input.into());
    let call = source.endpoint.provider().call(request).block(at);
    match source.ask("eth_call", call).await {
        Ok(bytes) => Ok(Some(bytes)),
        Err(IndexError::Chain(ChainError::Reverted { .. })) => Ok(None),
        Err(IndexError::Chain(ChainError::Rpc { detail, .. })) if has_failed(&detail) => Ok(None),
        Err(error) => Err(error),
    }
}

fn has_failed(detail: &str) -> bool {
    let detail = detail.to_lowercase();
    CALL_FAILED.iter().any(|words| detail.contains(words))
}

/// A text as contracts return it: a string, or as old ones do a word with zeros behind the letters.
fn text(bytes: &[u8]) -> Option<String> {
    let found = match bytes.len() {
        WORD => {
            let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(WORD);
            String::from_utf8(bytes.get(..end)?.to_vec()).ok()?
        }
        _ => String::abi_decode(bytes).ok()?,
    };
    Some(shown(&found)).filter(|text| !text.is_empty())
}

/// The part of a text that can be shown in a line and kept in any database.
pub(crate) fn shown(text: &str) -> String {
    let printable = text.chars().filter(|letter| !letter.is_control());
    printable.take(NAME_CHARS_MAX).collect()
}

/// The argument words behind the proxy in a clone's code.
pub(crate) fn words(code: &[u8]) -> Vec<U256> {
    let arguments = code.get(PROXY_BYTES..).unwrap_or_default();
    let words = arguments.chunks_exact(WORD);
    words.map(U256::from_be_slice).collect()
}

#[cfg(test)]
mod tests {
    use super::{has_no_state, shown, text};
    use alloy::sol_types::SolValue;

    #[test]
    fn texts_are_read_as_strings_and_as_words_and_never_break_a_database() {
        let string = "Dai\u{0} Stable\n".to_owned().abi_encode();
        assert_eq!(text(&string).as_deref(), Some("Dai Stable"));
        let mut word = [0_u8; 32];
        word[..3].copy_from_slice(b"MKR");
        assert_eq!(text(&word).as_deref(), Some("MKR"));
        assert_eq!(text(&[0; 32]), None);
        assert_eq!(text(&[0xff; 32]), None);
        assert_eq!(text(&[]), None);
        assert_eq!(text(&[1; 64]), None);
        assert_eq!(shown(&"x".repeat(1_000)).len(), 64);
    }

    #[test]
    fn an_endpoint_without_old_state_is_told_from_one_that_is_busy() {
        assert!(has_no_state("missing trie node 0xab"));
        assert!(has_no_state("BlockOutOfRangeError: block height is 9"));
        assert!(!has_no_state("HTTP status 429"));
    }
}
