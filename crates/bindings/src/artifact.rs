//! The committed build output of our own contracts.

use alloy::json_abi::JsonAbi;
use alloy::primitives::Bytes;
use serde::Deserialize;

/// One contract of the system, as built.
///
/// `bytecode` is what a deployment sends, constructor arguments to be appended; `deployed` is what the chain holds
/// afterwards, with zeros where the constructor writes immutable values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Artifact {
    /// The accrual token; deployed by the launchpad.
    AccrualToken,
    /// The reserve every token's own reserve is a clone of.
    Reserve,
    /// The converter every token's own converter is a clone of.
    Converter,
    /// The launchpad.
    Launchpad,
    /// What creates tokens for the launchpad.
    TokenDeployer,
    /// The liquidity lock every launch's own lock is a clone of.
    LiquidityLock,
    /// The book of a synthetic's vaults, which is its ERC-20 too.
    VaultBook,
    /// The prices that several sources agree on.
    PriceAggregator,
    /// A Chainlink feed as a source of prices.
    ChainlinkSource,
    /// Who may change what about a book, and after which delay.
    VaultGovernor,
    /// Exchanges a synthetic with a custody token.
    PegModule,
    /// Moves stability rates by the synthetic's market price.
    RateController,
    /// Buys what nobody else buys, and pays losses before the holders do.
    Backstop,
    /// A keeper's desk, which takes without capital.
    TakeDesk,
    /// The medians of what k of n signers report.
    ReportQuorum,
    /// What a quorum reports about one asset, as a source of prices.
    ReportSource,
    /// A feed of the local chain, which says what its deployer says.
    DevFeed,
}

/// The parts of an artifact file that are read.
#[derive(Deserialize)]
struct ArtifactFile {
    abi: JsonAbi,
    bytecode: Bytes,
    #[serde(rename = "deployedBytecode")]
    deployed: Bytes,
}

impl Artifact {
    /// Every contract of the system.
    pub const ALL: [Self; 17] = [
        Self::AccrualToken,
        Self::Reserve,
        Self::Converter,
        Self::Launchpad,
        Self::TokenDeployer,
        Self::LiquidityLock,
        Self::VaultBook,
        Self::PriceAggregator,
        Self::ChainlinkSource,
        Self::VaultGovernor,
        Self::PegModule,
        Self::RateController,
        Self::Backstop,
        Self::TakeDesk,
        Self::ReportQuorum,
        Self::ReportSource,
        Self::DevFeed,
    ];

    /// The contract's name in Solidity.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccrualToken => "AccrualToken",
            Self::Reserve => "Reserve",
            Self::Converter => "Converter",
            Self::Launchpad => "Launchpad",
            Self::TokenDeployer => "TokenDeployer",
            Self::LiquidityLock => "LiquidityLock",
            Self::VaultBook => "VaultBook",
            Self::PriceAggregator => "PriceAggregator",
            Self::ChainlinkSource => "ChainlinkSource",
            Self::VaultGovernor => "VaultGovernor",
            Self::PegModule => "PegModule",
            Self::RateController => "RateController",
            Self::Backstop => "Backstop",
            Self::TakeDesk => "TakeDesk",
            Self::ReportQuorum => "ReportQuorum",
            Self::ReportSource => "ReportSource",
            Self::DevFeed => "DevFeed",
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::AccrualToken => include_str!("../../../contracts/artifacts/AccrualToken.json"),
            Self::Reserve => include_str!("../../../contracts/artifacts/Reserve.json"),
            Self::Converter => include_str!("../../../contracts/artifacts/Converter.json"),
            Self::Launchpad => include_str!("../../../contracts/artifacts/Launchpad.json"),
            Self::TokenDeployer => include_str!("../../../contracts/artifacts/TokenDeployer.json"),
            Self::LiquidityLock => include_str!("../../../contracts/artifacts/LiquidityLock.json"),
            Self::VaultBook => include_str!("../../../contracts/artifacts/VaultBook.json"),
            Self::PriceAggregator => {
                include_str!("../../../contracts/artifacts/PriceAggregator.json")
            }
            Self::ChainlinkSource => {
                include_str!("../../../contracts/artifacts/ChainlinkSource.json")
            }
            Self::VaultGovernor => include_str!("../../../contracts/artifacts/VaultGovernor.json"),
            Self::PegModule => include_str!("../../../contracts/artifacts/PegModule.json"),
            Self::RateController => {
                include_str!("../../../contracts/artifacts/RateController.json")
            }
            Self::Backstop => include_str!("../../../contracts/artifacts/Backstop.json"),
            Self::TakeDesk => include_str!("../../../contracts/artifacts/TakeDesk.json"),
            Self::ReportQuorum => include_str!("../../../contracts/artifacts/ReportQuorum.json"),
            Self::ReportSource => include_str!("../../../contracts/artifacts/ReportSource.json"),
            Self::DevFeed => include_str!("../../../contracts/artifacts/DevFeed.json"),
        }
    }

    fn parse(self) -> ArtifactFile {
        // The text is fixed at compile time, and a test parses every one.
        serde_json::from_str(self.text()).expect("a committed artifact is well formed")
    }

    /// The contract's interface: functions, events, errors.
    pub fn abi(self) -> JsonAbi {
        self.parse().abi
    }

    /// Creation code without constructor arguments.
    pub fn bytecode(self) -> Bytes {
        self.parse().bytecode
    }

    /// Runtime code, zeros in place of immutable values.
    pub fn deployed_bytecode(self) -> Bytes {
        self.parse().deployed
    }
}

#[cfg(test)]
mod tests {
    use super::Artifact;

    #[test]
    fn every_artifact_parses_and_holds_code() {
        for artifact in Artifact::ALL {
            assert!(
                !artifact.bytecode().is_empty(),
                "{} has no creation code",
                artifact.name()
            );
            assert!(
                !artifact.deployed_bytecode().is_empty(),
                "{} has no runtime code",
                artifact.name()
            );
            assert!(
                artifact.abi().functions().next().is_some(),
                "{} has no functions",
                artifact.name()
            );
        }
    }
}
