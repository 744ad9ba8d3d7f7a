// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IBacked} from "./IBacked.sol";

/// @notice What never changes of a market. Ratios, discounts and fees in wad; amounts in base units of the synthetic.
struct MarketTerms {
    /// The collateral: an ERC-20 of 6 to 18 decimals.
    address collateral;
    /// An `IPrices` that knows the collateral, in the unit of the synthetic.
    address prices;
    /// Most debt per value of collateral that an owner's action may leave.
    uint256 borrowLtv;
    /// Least debt: a vault has none, or at least this.
    uint256 minDebt;
    /// Seconds in which the mint limit is filled again.
    uint256 mintWindowSecs;
    /// Debt per value of collateral above which a vault is unhealthy.
    uint256 liqLtv;
    /// The largest discount of a fall alone, and how far the clock takes it in `rampSecs`.
    uint256 maxDiscount;
    /// Seconds in which the clock's discount grows by `maxDiscount`.
    uint256 rampSecs;
    /// The least redemption fee.
    uint256 feeMin;
    /// What the redemption fee grows by from the liquidation ratio down to no debt.
    uint256 feeSlope;
    /// Who sets the stability rate; nobody if zero.
    address rateController;
}

/// @notice A market as it stands.
struct MarketView {
    uint256 collateral; // base units of the collateral, of all vaults
    uint256 norm; // debt of all vaults over the index
    uint256 index; // now, in wad
    uint256 rate; // growth of the index a second, in wad
    uint256 debt; // norm * index, rounded down
    uint256 deficit; // losses that nobody has paid yet
    uint256 ceiling; // most debt
    uint256 mintLimit; // most net mint in a window
    uint256 mintable; // left of it now
}

/// @title A synthetic and the book of its vaults
/// @notice One contract: the ERC-20 and every vault behind it. A market is a collateral with its own terms; a vault is
/// one owner's in one market. Nothing that only makes a vault safer asks for a price.
interface IVaultBook is IBacked {
    /// @notice `collateral`, `debt` and `norm` are what was added to the vault; negative where it was taken out.
    event Adjusted(
        uint256 indexed market, address indexed owner, int256 collateral, int256 debt, int256 norm
    );
    event Taken(
        uint256 indexed market,
        address indexed owner,
        address indexed taker,
        uint256 paid,
        uint256 collateral,
        uint256 norm,
        uint256 deficit
    );
    event Redeemed(
        uint256 indexed market,
        address indexed owner,
        address indexed redeemer,
        uint256 burned,
        uint256 collateral,
        uint256 norm,
        uint256 fee
    );
    event Flagged(uint256 indexed market, address indexed owner);
    event Unflagged(uint256 indexed market, address indexed owner);
    event Booked(uint256 indexed market, address indexed owner, uint256 norm, uint256 deficit);
    /// @notice `amount` of a market's deficit was paid: by `payer`, or by all holders alike if zero.
    event Covered(uint256 indexed market, address indexed payer, uint256 amount);
    event Collected(uint256 minted, uint256 sent);
    event MarketCreated(uint256 indexed market, MarketTerms terms);
    event CeilingSet(uint256 indexed market, uint256 ceiling);
    event MintLimitSet(uint256 indexed market, uint256 mintLimit);
    event RateSet(uint256 indexed market, uint256 rate, uint256 index);
    event NewDebtStopped(uint256 until);
    event OperatorSet(address indexed owner, address indexed operator, bool allowed);
    /// @notice `ledger` was added to what the peg module answers for, `deficit` to the loss that nobody has paid yet.
    event PegMoved(int256 ledger, int256 deficit);

    error Locked();
    error UnknownMarket(uint256 market);
    error AmountTooLarge(string field, uint256 amount, uint256 limit);
    error BadTerm(string field, uint256 value, uint256 least, uint256 most);
    error BadAddress(string field, address value);
    error NotOperator(address owner, address caller);
    error NotGovernor(address caller);
    error NotRateController(address caller);
    error NotPegModule(address caller);
    error Undercollateralised(uint256 debt, uint256 most);
    error DebtTooSmall(uint256 debt, uint256 least);
    error CeilingReached(uint256 debt, uint256 ceiling);
    error MintLimitReached(uint256 amount, uint256 mintable);
    error NewDebtIsStopped(uint256 until);
    error CannotStopYet(uint256 notBefore);
    error PriceUnsafe(uint256 market, uint8 state);
    error NothingToTake();
    error NothingToRedeem(address owner);
    error NothingToBook(address owner);
    error Insolvent(address owner, uint256 debt, uint256 value);
    error TooLittleCollateral(uint256 collateral, uint256 least);
    error TooManyOwners(uint256 count, uint256 most);
    error PermitExpired(uint256 deadline);
    error BadSignature(address owner);

    // ---------------------------------------------------------------- owners

    /// @notice Add to (positive) or take from (negative) the caller's vault; `type(int256).min` takes out all.
    /// @return collateral What really moved in, negative out.
    /// @return debt What was really minted, negative burned: a repayment never exceeds the debt.
    function adjust(uint256 market, int256 dCollateral, int256 dDebt)
        external
        returns (int256 collateral, int256 debt);

    /// @notice The same for another's vault: anyone may make it safer, operators may do everything. The caller pays,
    /// `to` receives.
    function adjustFor(uint256 market, address owner, int256 dCollateral, int256 dDebt, address to)
        external
        returns (int256 collateral, int256 debt);

    /// @notice Let `operator` do everything with the caller's vaults, or no longer.
    function setOperator(address operator, bool allowed) external;

    /// @notice The same by the owner's EIP-712 signature, a contract's too.
    function permitOperator(
        address owner,
        address operator,
        bool allowed,
        uint256 deadline,
        bytes calldata signature
    ) external;

    // ---------------------------------------------------------------- anyone

    /// @notice Buy collateral of unhealthy vaults at the auction's discount. Healthy ones are skipped. The collateral
    /// is sent first; with `data`, the caller's `onTake` is called; then `paid` is burned.
    function take(
        uint256 market,
        address[] calldata owners,
        uint256 maxPaid,
        uint256 minCollateral,
        bytes calldata data
    ) external returns (uint256 paid, uint256 collateral);

    /// @notice Start the clock of an unhealthy vault, or stop that of a healthy one.
    /// @return running Whether it runs now.
    function flag(uint256 market, address owner) external returns (bool running);

    /// @notice Burn the synthetic for collateral of a solvent vault at face value less its fee, which stays there.
    /// @return burned At most `amount`.
    function redeem(uint256 market, address owner, uint256 amount, uint256 minCollateral)
        external
        returns (uint256 burned, uint256 collateral);

    /// @notice Mint the interest that was earned, pay deficits from it and from the surplus, and send what the surplus
    /// has above its buffer to the backstop.
    function collect() external returns (uint256 minted);

    /// @notice Write what a vault owes above the value of its collateral to the deficit.
    function book(uint256 market, address owner) external returns (uint256 deficit);

    /// @notice Burn the caller's synthetic against a market's deficit, the peg module's for `type(uint256).max`.
    function cover(uint256 market, uint256 amount) external returns (uint256 covered);

    // ---------------------------------------------------------------- governor, rate controller, peg module

    function createMarket(MarketTerms calldata terms, uint256 ceiling, uint256 mintLimit, uint256 rate)
        external
        returns (uint256 market);

    /// @param ceiling Whole tokens times 1e18; zero closes the market for new debt.
    function setCeiling(uint256 market, uint256 ceiling) external;

    /// @param mintLimit Whole tokens times 1e18; zero closes the market for new debt.
    function setMintLimit(uint256 market, uint256 mintLimit) external;

    /// @notice No new debt in any market for `secs`, at most seven days and then not again for seven days.
    function stopNewDebt(uint256 secs) external;

    /// @param rate Growth of the index a second, in wad.
    function setRate(uint256 market, uint256 rate) external;

    /// @notice Mint against custody that the peg module has taken in.
    function pegMint(address to, uint256 amount) external;

    /// @notice Burn `amount` of `from` for custody that the peg module pays out.
    /// @return worth What of it the module pays: the holders' common share while a deficit stands.
    function pegBurn(address from, uint256 amount) external returns (uint256 worth);

    /// @notice Write a loss of the custody to the deficit, or take it back: positive lowers the ledger.
    function pegMark(int256 loss) external;

    // ---------------------------------------------------------------- views

    function governor() external view returns (address);
    function backstop() external view returns (address);
    function pegModule() external view returns (address);
    function marketCount() external view returns (uint256);
    function termsOf(uint256 market) external view returns (MarketTerms memory);
    function marketOf(uint256 market) external view returns (MarketView memory);

    /// @return collateral Base units.
    /// @return norm Debt over the index.
    /// @return debt Now, rounded up.
    /// @return flaggedAt Unix seconds; zero while no clock runs.
    function vaultOf(uint256 market, address owner)
        external
        view
        returns (uint256 collateral, uint256 norm, uint256 debt, uint256 flaggedAt);

    function isOperator(address owner, address operator) external view returns (bool);

    /// @return debt Of all markets, rounded down.
    /// @return deficit Of all markets and of the peg module.
    /// @return pegLedger Synthetic minted by the peg module and not burned again.
    function totals() external view returns (uint256 debt, uint256 deficit, uint256 pegLedger);

    /// @notice The peg module's part of the deficit.
    function pegDeficit() external view returns (uint256);

    /// @notice What stands behind the supply, less the supply.
    function equity() external view returns (int256);

    /// @notice The share of face value that a redemption pays, `backing / supply` where a deficit stands.
    /// @return backing Equal to `supply` without a deficit.
    /// @return supply Equal to `backing` without a deficit.
    function haircut() external view returns (uint256 backing, uint256 supply);

    /// @notice Unix seconds until which new debt is stopped; not in the future if it is not.
    function stoppedUntil() external view returns (uint256);
}

/// @notice Who takes with a callback.
interface ITaker {
    /// @notice `collateral` has arrived; `paid` of the synthetic is burned from here when this returns.
    function onTake(uint256 market, uint256 paid, uint256 collateral, bytes calldata data) external;
}

/// @notice What the book asks of its peg module.
interface IPegModule {
    /// @return What the custody is worth against `ledger`: at most the ledger, each token at most at one.
    function backing(uint256 ledger) external view returns (uint256);
}
