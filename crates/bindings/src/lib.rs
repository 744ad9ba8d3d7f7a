#![doc = include_str!("../README.md")]

pub mod artifact;
pub mod peers;
mod registry;

pub use artifact::Artifact;
pub use registry::{
    CustomError, ErrorField, ErrorSignature, RevertError, decode_revert, known_errors,
};

/// Generates one module per contract from its committed artifact.
macro_rules! contract {
    ($module:ident, $name:ident, $path:literal, $summary:literal) => {
        #[doc = $summary]
        #[allow(missing_docs, clippy::all, clippy::pedantic)]
        pub mod $module {
            alloy::sol!(
                #[sol(rpc)]
                #[derive(Debug, PartialEq, Eq)]
                $name,
                $path
            );
        }
    };
}

contract!(
    token,
    AccrualToken,
    "../../contracts/artifacts/AccrualToken.json",
    "The accrual token: ERC-20 with burning, fees and registered pools."
);
contract!(
    reserve,
    Reserve,
    "../../contracts/artifacts/Reserve.json",
    "The reserve: ledger, redemption, loans, stream, flash loans."
);
contract!(
    converter,
    Converter,
    "../../contracts/artifacts/Converter.json",
    "The converter: Dutch auction of fee tokens."
);
contract!(
    launchpad,
    Launchpad,
    "../../contracts/artifacts/Launchpad.json",
    "The launchpad: deploys a token with all its parts."
);
contract!(
    deployer,
    TokenDeployer,
    "../../contracts/artifacts/TokenDeployer.json",
    "The token deployer: holds the token's code, so that its address depends on the salt alone."
);
contract!(
    lock,
    LiquidityLock,
    "../../contracts/artifacts/LiquidityLock.json",
    "The lock that holds a launch's pool liquidity."
);
contract!(
    book,
    VaultBook,
    "../../contracts/artifacts/VaultBook.json",
    "The vault book: a synthetic and every vault behind it."
);
contract!(
    prices,
    IPrices,
    "../../contracts/artifacts/IPrices.json",
    "What answers for prices."
);
contract!(
    aggregator,
    PriceAggregator,
    "../../contracts/artifacts/PriceAggregator.json",
    "The aggregator: prices that several sources agree on."
);
contract!(
    chainlink,
    ChainlinkSource,
    "../../contracts/artifacts/ChainlinkSource.json",
    "A Chainlink feed as a source of prices."
);
contract!(
    governor,
    VaultGovernor,
    "../../contracts/artifacts/VaultGovernor.json",
    "Who may change what about a book of vaults, and after which delay."
);
contract!(
    peg,
    PegModule,
    "../../contracts/artifacts/PegModule.json",
    "The peg module: exchanges the synthetic with a custody token."
);
contract!(
    rates,
    RateController,
    "../../contracts/artifacts/RateController.json",
    "The rate controller: moves stability rates by the synthetic's market price."
);
contract!(
    devfeed,
    DevFeed,
    "../../contracts/artifacts/DevFeed.json",
    "A feed of the local chain that says what its deployer says."
);
contract!(
    backstop,
    Backstop,
    "../../contracts/artifacts/Backstop.json",
    "The backstop: buys what nobody else buys, and pays losses before the holders do."
);
contract!(
    desk,
    TakeDesk,
    "../../contracts/artifacts/TakeDesk.json",
    "A keeper's desk: takes, sells what pays for it, and keeps nothing."
);
contract!(
    reports,
    ReportQuorum,
    "../../contracts/artifacts/ReportQuorum.json",
    "The medians of what k of n signers report."
);
contract!(
    report_source,
    ReportSource,
    "../../contracts/artifacts/ReportSource.json",
    "What a quorum reports about one asset, as a source of prices."
);
