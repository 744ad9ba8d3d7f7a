//! The vault book in an EVM in this process, beside its model.

#![allow(non_snake_case)] // The fields of the bindings have Solidity's names.

use std::path::Path;

use alloy::primitives::{Address, Bytes, U256};
use alloy::sol_types::{SolCall, SolValue};
use ballast_bindings::Artifact;
use ballast_bindings::book::VaultBook as Contract;
use ballast_chain::evm::{Evm, EvmError, Executed};
use ballast_model::vaults::{MarketTerms, PEG_MARKET, PriceView, VaultAction, VaultBook};
use ballast_types::{AssetAmount, Seconds, Wad};

use crate::system::{approve, code_in, code_of, mint, new_asset, with_args};
use crate::vault_player::{BACKSTOP, GENESIS, GOVERNOR, OWNERS, Player, Shape, params};

alloy::sol! {
    function set(address asset, uint256 low, uint256 mid, uint256 high, uint8 state) external;
    function setWorth(uint256 worth) external;
}

/// What the price source of these tests says a source may be off before it reports again.
pub const DEVIATION: Wad = Wad::new(U256::from_limbs([5_000_000_000_000_000, 0, 0, 0]));

/// Both sides, and what they are told from outside.
pub struct VaultSystem {
    pub evm: Evm,
    pub model: VaultBook,
    pub book: Address,
    prices: Address,
    peg_module: Address,
}

/// The creation code of the book; of another build of it where `VAULT_BOOK_ARTIFACT` names its file, to see that these
/// tests fail on a weakened one.
fn book_code() -> Bytes {
    std::env::var_os("VAULT_BOOK_ARTIFACT").map_or_else(
        || Artifact::VaultBook.bytecode(),
        |file| code_in(Path::new(&file)),
    )
}

impl VaultSystem {
    /// A book on both sides with a market of each shape, and owners who hold collateral.
    pub fn launch(shapes: &[Shape], player: &Player) -> Self {
        let mut evm = Evm::new(GENESIS);
        let mut stand_in = |name: &str| {
            let code = code_of(&format!("artifacts/{name}.json"));
            evm.deploy(GOVERNOR, code).unwrap()
        };
        let (prices, peg_module) = (stand_in("SettablePrices"), stand_in("SettablePeg"));
        let expected = params(Address::ZERO, peg_module, shapes[0].wealth);
        let args = (
            "Harbour dollar".to_owned(),
            "HUSD".to_owned(),
            GOVERNOR,
            expected.backstop,
            peg_module,
            expected.surplus_buffer.get(),
        );
        let code = with_args(&book_code(), args.abi_encode_params());
        let book = evm.deploy(GOVERNOR, code).unwrap();
        let mut system = Self {
            evm,
            model: VaultBook::new(params(book, peg_module, shapes[0].wealth)),
            book,
            prices,
            peg_module,
        };
        for (market, shape) in shapes.iter().enumerate() {
            system.open(shape, player.first_price(market), market);
        }
        system
    }

    fn open(&mut self, shape: &Shape, price: PriceView, market: usize) {
        let collateral = new_asset(&mut self.evm, shape.decimals);
        self.price_of(collateral, price);
        let (ceiling, mint_limit) = shape.limits();
        let action = VaultAction::CreateMarket {
            terms: Box::new(shape.terms(collateral, self.prices)),
            ceiling,
            mint_limit,
            rate: shape.rate(),
            deviation: DEVIATION,
        };
        self.send(GOVERNOR, &action).unwrap();
        self.model.apply(GOVERNOR, &action).unwrap();
        self.model.set_price(market, price).unwrap();
        approve(&mut self.evm, collateral, BACKSTOP, self.book);
        for owner in OWNERS {
            let amount = shape.worth(shape.wealth * 100);
            mint(&mut self.evm, collateral, owner, amount);
            approve(&mut self.evm, collateral, owner, self.book);
            let amount = AssetAmount::new(amount);
            self.model.fund(collateral, owner, amount).unwrap();
        }
    }

    fn price_of(&mut self, asset: Address, price: PriceView) {
        let call = setCall {
            asset,
            low: price.low.get(),
            mid: price.mid.get(),
            high: price.high.get(),
            state: price.state.code(),
        };
        let data = call.abi_encode();
        self.evm.send(GOVERNOR, self.prices, data.into()).unwrap();
    }

    /// Lets `secs` pass on both sides.
    pub fn advance(&mut self, secs: Seconds) {
        self.model.advance(secs).unwrap();
        self.evm.set_time(self.model.now().get());
    }

    /// Both sides are told another price.
    pub fn reprice(&mut self, market: usize, price: PriceView) {
        let collateral = self.model.market(market).unwrap().terms.collateral;
        self.model.set_price(market, price).unwrap();
        self.price_of(collateral, price);
    }

    /// Both sides are told what the peg module's ledger is worth.
    pub fn set_peg_worth(&mut self, worth: Wad) {
        self.model.set_peg_worth(worth);
        let data = setWorthCall { worth: worth.get() }.abi_encode();
        let to = self.peg_module;
        self.evm.send(GOVERNOR, to, data.into()).unwrap();
    }

    pub fn read<C: SolCall>(&mut self, to: Address, call: &C) -> C::Return {
        let output = self.evm.view(GOVERNOR, to, call.abi_encode().into());
        C::abi_decode_returns(&output.unwrap()).unwrap()
    }

    /// The action on the contract.
    pub fn send(&mut self, caller: Address, action: &VaultAction) -> Result<Executed, EvmError> {
        let (to, data) = match action {
            VaultAction::Send { asset, .. } => (*asset, token_call(action)),
            VaultAction::Transfer { .. }
            | VaultAction::Approve { .. }
            | VaultAction::TransferFrom { .. } => (self.book, token_call(action)),
            VaultAction::Adjust { .. }
            | VaultAction::SetOperator { .. }
            | VaultAction::Take { .. }
            | VaultAction::Flag { .. }
            | VaultAction::Redeem { .. } => (self.book, vault_call(caller, action)),
            VaultAction::Collect
            | VaultAction::Book { .. }
            | VaultAction::Cover { .. }
            | VaultAction::PegMint { .. }
            | VaultAction::PegBurn { .. }
            | VaultAction::PegMark { .. } => (self.book, loss_call(action)),
            _ => (self.book, governance_call(action)),
        };
        self.evm.send(caller, to, data.into())
    }
}

fn word(market: &usize) -> U256 {
    if *market == PEG_MARKET {
        return U256::MAX;
    }
    U256::from(*market)
}

fn token_call(action: &VaultAction) -> Vec<u8> {
    match *action {
        VaultAction::Send { to, amount, .. } => {
            let value = amount.get();
            Contract::transferCall { to, value }.abi_encode()
        }
        VaultAction::Transfer { to, amount } => {
            let value = amount.get();
            Contract::transferCall { to, value }.abi_encode()
        }
        VaultAction::Approve { spender, amount } => {
            let value = amount;
            Contract::approveCall { spender, value }.abi_encode()
        }
        VaultAction::TransferFrom { from, to, amount } => {
            let value = amount.get();
            Contract::transferFromCall { from, to, value }.abi_encode()
        }
        ref other => panic!("{other:?} is no call to a token"),
    }
}

/// The calls about one vault; `adjust` where owner and receiver are the caller.
fn vault_call(caller: Address, action: &VaultAction) -> Vec<u8> {
    match action {
        VaultAction::Adjust {
            market,
            owner,
            collateral,
            debt,
            to,
        } => {
            let (market, owner, to) = (word(market), *owner, *to);
            let (dCollateral, dDebt) = (*collateral, *debt);
            if owner == caller && to == caller {
                return Contract::adjustCall {
                    market,
                    dCollateral,
                    dDebt,
                }
                .abi_encode();
            }
            Contract::adjustForCall {
                market,
                owner,
                dCollateral,
                dDebt,
                to,
            }
            .abi_encode()
        }
        VaultAction::SetOperator { operator, allowed } => {
            let (operator, allowed) = (*operator, *allowed);
            Contract::setOperatorCall { operator, allowed }.abi_encode()
        }
        VaultAction::Take {
            market,
            owners,
            max_paid,
            min_collateral,
        } => Contract::takeCall {
            market: word(market),
            owners: owners.clone(),
            maxPaid: max_paid.get(),
            minCollateral: min_collateral.get(),
            data: Bytes::new(),
        }
        .abi_encode(),
        VaultAction::Flag { market, owner } => {
            let (market, owner) = (word(market), *owner);
            Contract::flagCall { market, owner }.abi_encode()
        }
        VaultAction::Redeem {
            market,
            owner,
            amount,
            min_collateral,
        } => Contract::redeemCall {
            market: word(market),
            owner: *owner,
            amount: amount.get(),
            minCollateral: min_collateral.get(),
        }
        .abi_encode(),
        other => panic!("{other:?} is about no vault"),
    }
}

/// The calls about losses and the peg.
fn loss_call(action: &VaultAction) -> Vec<u8> {
    match action {
        VaultAction::Collect => Contract::collectCall {}.abi_encode(),
        VaultAction::Book { market, owner } => {
            let (market, owner) = (word(market), *owner);
            Contract::bookCall { market, owner }.abi_encode()
        }
        VaultAction::Cover { market, amount } => {
            let (market, amount) = (word(market), amount.get());
            Contract::coverCall { market, amount }.abi_encode()
        }
        VaultAction::PegMint { to, amount } => {
            let (to, amount) = (*to, amount.get());
            Contract::pegMintCall { to, amount }.abi_encode()
        }
        VaultAction::PegBurn { from, amount } => {
            let (from, amount) = (*from, amount.get());
            Contract::pegBurnCall { from, amount }.abi_encode()
        }
        VaultAction::PegMark { loss } => Contract::pegMarkCall { loss: *loss }.abi_encode(),
        other => panic!("{other:?} is about no loss"),
    }
}

fn governance_call(action: &VaultAction) -> Vec<u8> {
    match action {
        VaultAction::CreateMarket {
            terms,
            ceiling,
            mint_limit,
            rate,
            ..
        } => Contract::createMarketCall {
            terms: terms_of(terms),
            ceiling: ceiling.get(),
            mintLimit: mint_limit.get(),
            rate: rate.get(),
        }
        .abi_encode(),
        VaultAction::SetCeiling { market, ceiling } => {
            let (market, ceiling) = (word(market), ceiling.get());
            Contract::setCeilingCall { market, ceiling }.abi_encode()
        }
        VaultAction::SetMintLimit { market, mint_limit } => {
            let (market, mintLimit) = (word(market), mint_limit.get());
            Contract::setMintLimitCall { market, mintLimit }.abi_encode()
        }
        VaultAction::StopNewDebt { secs } => {
            let secs = U256::from(secs.get());
            Contract::stopNewDebtCall { secs }.abi_encode()
        }
        VaultAction::SetRate { market, rate } => {
            let (market, rate) = (word(market), rate.get());
            Contract::setRateCall { market, rate }.abi_encode()
        }
        other => panic!("{other:?} is no call of the governor"),
    }
}

/// The terms in the words of the contract.
pub fn terms_of(terms: &MarketTerms) -> Contract::MarketTerms {
    Contract::MarketTerms {
        collateral: terms.collateral,
        prices: terms.prices,
        borrowLtv: terms.borrow_ltv.get(),
        minDebt: terms.min_debt.get(),
        mintWindowSecs: U256::from(terms.mint_window_secs.get()),
        liqLtv: terms.liq_ltv.get(),
        maxDiscount: terms.max_discount.get(),
        rampSecs: U256::from(terms.ramp_secs.get()),
        feeMin: terms.fee_min.get(),
        feeSlope: terms.fee_slope.get(),
        rateController: terms.rate_controller,
    }
}
