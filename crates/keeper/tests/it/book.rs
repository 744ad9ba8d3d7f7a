//! A book in an EVM of this process, on prices that the test sets, with a pool beside it.

use alloy::primitives::{Address, Bytes, Log, U256, address};
use alloy::sol_types::{SolCall, SolValue};
use ballast_bindings::Artifact;
use ballast_bindings::book::VaultBook;
use ballast_bindings::peers::{Erc20, Pair, PairFactory};
use ballast_chain::evm::{Evm, EvmError, Executed};
use ballast_model::vaults::{MarketTerms, PriceState};
use ballast_testkit::repository_root;
use ballast_types::{Seconds, Timestamp, TokenAmount, WAD, Wad};

alloy::sol! {
    function set(address asset, uint256 low, uint256 mid, uint256 high, uint8 state) external;
    function mint(address to, uint256 amount) external;
    function mint(address to) external returns (uint256 liquidity);
}

/// When the chain begins, unix seconds.
pub const GENESIS: u64 = 1_767_225_600;
/// Who governs everything.
pub const GOVERNOR: Address = address!("0x1000000000000000000000000000000000000001");
/// The keeper.
pub const KEEPER: Address = address!("0x1000000000000000000000000000000000000002");
/// Who has filled the pool.
pub const BANK: Address = address!("0x1000000000000000000000000000000000000003");

/// The creation code in an artifact or a package's build output, by its path in `contracts`.
pub fn code_of(path: &str) -> Bytes {
    let file = repository_root().join("contracts").join(path);
    let text = std::fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{}: {error}; run `make setup`", file.display()));
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let code = &json["bytecode"];
    let code = code.as_str().or_else(|| code["object"].as_str());
    code.unwrap().parse().unwrap()
}

/// Creation code with its arguments.
pub fn with_args(code: &Bytes, args: impl AsRef<[u8]>) -> Bytes {
    [code.as_ref(), args.as_ref()].concat().into()
}

/// Whole tokens in base units.
pub fn whole(amount: u64) -> U256 {
    U256::from(amount) * WAD
}

/// Low, mid and high of an 18-decimals asset worth so many thousandths of a synthetic.
pub fn price_words(thousandths: u64) -> (U256, U256, U256) {
    let mid = U256::from(thousandths) * WAD * WAD / U256::from(1_000);
    let off = mid / U256::from(200);
    (mid - off, mid, mid + off)
}

/// The fast preset.
pub fn terms(collateral: Address, prices: Address) -> MarketTerms {
    let percent =
        |hundredths: u64| Wad::new(U256::from(hundredths) * U256::from(100_000_000_000_000_u64));
    MarketTerms {
        collateral,
        prices,
        borrow_ltv: percent(8_000),
        min_debt: TokenAmount::new(whole(100)),
        mint_window_secs: Seconds::new(86_400),
        liq_ltv: percent(8_333),
        max_discount: percent(800),
        ramp_secs: Seconds::new(30),
        fee_min: percent(50),
        fee_slope: percent(200),
        rate_controller: GOVERNOR,
    }
}

/// The terms as the contract takes them.
pub fn contract_terms(terms: &MarketTerms) -> VaultBook::MarketTerms {
    VaultBook::MarketTerms {
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

/// One book with one market, a pool, and what was logged in each block.
pub struct Book {
    pub evm: Evm,
    pub now: u64,
    pub book: Address,
    pub prices: Address,
    pub collateral: Address,
    pub pair: Address,
    pub desk: Address,
    pub thousandths: u64,
    pub state: PriceState,
    pub logs: Vec<(Timestamp, Vec<Log>)>,
}

impl Book {
    /// A book whose collateral is worth 2,000, and a pool of that price.
    pub fn new() -> Self {
        let mut evm = Evm::new(GENESIS);
        let prices = evm
            .deploy(GOVERNOR, code_of("artifacts/SettablePrices.json"))
            .unwrap();
        let asset = ("Ether".to_owned(), U256::from(18)).abi_encode_params();
        let asset = with_args(&code_of("artifacts/TestAsset.json"), asset);
        let collateral = evm.deploy(GOVERNOR, asset).unwrap();
        let args = (
            "Dollar".to_owned(),
            "SYN".to_owned(),
            GOVERNOR,
            Address::ZERO,
            Address::ZERO,
            U256::ZERO,
        );
        let code = with_args(&Artifact::VaultBook.bytecode(), args.abi_encode_params());
        let book = evm.deploy(GOVERNOR, code).unwrap();
        let desk = with_args(&Artifact::TakeDesk.bytecode(), KEEPER.abi_encode());
        let desk = evm.deploy(KEEPER, desk).unwrap();
        let factory = code_of("node_modules/@uniswap/v2-core/build/UniswapV2Factory.json");
        let factory = evm
            .deploy(GOVERNOR, with_args(&factory, Address::ZERO.abi_encode()))
            .unwrap();
        let mut made = Self {
            evm,
            now: GENESIS,
            book,
            prices,
            collateral,
            pair: Address::ZERO,
            desk,
            thousandths: 0,
            state: PriceState::Safe,
            logs: Vec::new(),
        };
        made.reprice(2_000_000);
        let call = VaultBook::createMarketCall {
            terms: contract_terms(&terms(collateral, prices)),
            ceiling: whole(1_000_000_000),
            mintLimit: whole(1_000_000_000),
            rate: U256::from(1_000_000_000_u64),
        };
        made.must(GOVERNOR, book, &call);
        let call = PairFactory::createPairCall {
            tokenA: collateral,
            tokenB: book,
        };
        made.pair = made.must(GOVERNOR, factory, &call);
        made.adjust(BANK, whole(100_000), whole(20_000_000));
        made.fill_pool(1_000, 2_000_000);
        made
    }

    /// Adds whole collateral and whole synthetic to the pool.
    pub fn fill_pool(&mut self, collateral: u64, synthetic: u64) {
        let pair = self.pair;
        let call = mint_0Call {
            to: pair,
            amount: whole(collateral),
        };
        self.must(BANK, self.collateral, &call);
        let call = Erc20::transferCall {
            to: pair,
            amount: whole(synthetic),
        };
        self.must(BANK, self.book, &call);
        self.must(BANK, pair, &mint_1Call { to: BANK });
    }

    /// The call as a block of its own, a second later.
    pub fn send<C: SolCall>(
        &mut self,
        from: Address,
        to: Address,
        call: &C,
    ) -> Result<C::Return, EvmError> {
        let done = self.send_raw(from, to, call.abi_encode().into())?;
        Ok(C::abi_decode_returns(&done.output).expect("the answer decodes"))
    }

    /// The same with encoded data.
    pub fn send_raw(
        &mut self,
        from: Address,
        to: Address,
        data: Bytes,
    ) -> Result<Executed, EvmError> {
        self.now += 1;
        self.evm.set_time(self.now);
        let done = self.evm.send(from, to, data)?;
        self.logs
            .push((Timestamp::new(self.now), done.logs.clone()));
        Ok(done)
    }

    /// The same, which succeeds.
    pub fn must<C: SolCall>(&mut self, from: Address, to: Address, call: &C) -> C::Return {
        self.send(from, to, call).expect("the call succeeds")
    }

    /// What a call returns.
    pub fn read<C: SolCall>(&mut self, to: Address, call: &C) -> C::Return {
        let output = self.evm.view(GOVERNOR, to, call.abi_encode().into());
        C::abi_decode_returns(&output.expect("the view succeeds")).expect("decodes")
    }

    /// Lets seconds pass.
    pub fn pass(&mut self, secs: u64) {
        self.now += secs;
        self.evm.set_time(self.now);
    }

    /// Sets the collateral's price, in thousandths of a synthetic.
    pub fn reprice(&mut self, thousandths: u64) {
        self.reprice_as(thousandths, PriceState::Safe);
    }

    /// The same with a state.
    pub fn reprice_as(&mut self, thousandths: u64, state: PriceState) {
        (self.thousandths, self.state) = (thousandths, state);
        let (low, mid, high) = price_words(thousandths);
        let call = setCall {
            asset: self.collateral,
            low,
            mid,
            high,
            state: state.code(),
        };
        self.must(GOVERNOR, self.prices, &call);
    }

    /// Funds an owner and opens a vault.
    pub fn adjust(&mut self, owner: Address, collateral: U256, debt: U256) {
        let call = mint_0Call {
            to: owner,
            amount: collateral,
        };
        self.must(owner, self.collateral, &call);
        let call = Erc20::approveCall {
            spender: self.book,
            amount: collateral,
        };
        self.must(owner, self.collateral, &call);
        let call = VaultBook::adjustCall {
            market: U256::ZERO,
            dCollateral: collateral.try_into().expect("fits"),
            dDebt: debt.try_into().expect("fits"),
        };
        self.must(owner, self.book, &call);
    }

    /// Brings the pool to the price, by giving it what it lacks.
    pub fn level_pool(&mut self) {
        alloy::sol! { function sync() external; }
        let (collateral, synthetic) = self.reserves();
        let worth = synthetic * U256::from(1_000) / U256::from(self.thousandths);
        let (token, amount) = if worth > collateral {
            (self.collateral, worth - collateral)
        } else {
            let wanted = collateral * U256::from(self.thousandths) / U256::from(1_000);
            (self.book, wanted - synthetic)
        };
        if token == self.collateral {
            let to = self.pair;
            self.must(BANK, token, &mint_0Call { to, amount });
        } else {
            let to = self.pair;
            let call = Erc20::transferCall { to, amount };
            self.must(BANK, token, &call);
        }
        self.must(BANK, self.pair, &syncCall {});
    }

    /// The pair's reserves of collateral and synthetic.
    pub fn reserves(&mut self) -> (U256, U256) {
        let first = self.read(self.pair, &Pair::token0Call {});
        let held = self.read(self.pair, &Pair::getReservesCall {});
        let (zero, one) = (U256::from(held.reserve0), U256::from(held.reserve1));
        if first == self.collateral {
            (zero, one)
        } else {
            (one, zero)
        }
    }

    /// What an account holds of a token.
    pub fn balance(&mut self, token: Address, account: Address) -> U256 {
        self.read(token, &Erc20::balanceOfCall { account })
    }
}
