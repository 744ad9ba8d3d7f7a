// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IBacked} from "./IBacked.sol";
import {IERC3156FlashLender} from "./IERC3156.sol";

/// @notice Terms of a reserve, fixed at launch. Ratios in basis points, times in seconds.
struct Terms {
    bool redeemable; // whether `redeem` is open
    uint16 redeemFeeBps; // rho: what a redeemer leaves behind; at most 1,000
    uint16 ltvBps; // lambda: principal over backing at most; at most 10,000 - rho and 9,900
    uint16 termFeeBps; // prepaid per term, of principal; at most 1,000 and 10,000^2 / ltvBps - 10,000
    uint16 flashFeeBps; // of a flash loan; at most 1,000
    uint32 termSecs; // one loan term; 1 hour to 365 days
    uint32 graceSecs; // from deadline to foreclosure; 1 hour to 90 days
    uint32 dripSecs; // one epoch of the stream; 1 hour to 30 days
}

/// @notice A loan as a reader sees it.
struct LoanView {
    address borrower;
    uint256 collateral; // token base units locked
    uint256 deadline; // unix seconds; moves while entries are paused
    uint256 graceEnd; // unix seconds; from here on anybody may foreclose and nobody may repay
    uint256[] principal; // base units owed of each asset
}

/// @notice One asset of the ledger as a reader sees it, vested to this second.
struct AssetView {
    address asset;
    uint256 cash; // R
    uint256 lent; // D
    uint256 streaming; // received, not yet vested into R
}

/// @title The reserve of an accrual token: ledger, redemption, loans, stream, flash loans
/// @notice Notation of the specification: R cash, D lent, F = R + D, S claims, C locked collateral.
/// Every payout is computed from amounts, `x * F / S` rounded down; every fee rounds up.
interface IReserve is IBacked, IERC3156FlashLender {
    /// @notice Where an amount that entered the stream came from.
    enum Source {
        Donation, // `donate`, and assets sent directly once `sync` found them
        Conversion, // sold by the converter
        Flash // fee of a flash loan
    }

    event Seeded(uint256 indexed asset, uint256 amount);
    event Redeemed(
        address indexed holder, address indexed to, uint256 tokens, uint256[] paid, uint256[] fees
    );
    event Borrowed(
        uint256 indexed loanId,
        address indexed borrower,
        uint256 collateral,
        uint256 deadline,
        uint256[] principal,
        uint256[] fees
    );
    event Repaid(uint256 indexed loanId, address indexed payer, uint256 released, uint256[] amounts);
    event Extended(uint256 indexed loanId, address indexed payer, uint256 deadline, uint256[] fees);
    event ExtendedByBurn(uint256 indexed loanId, uint256 deadline, uint256 burned, uint256[] streamed);
    event Foreclosed(uint256 indexed loanId, uint256 collateral, uint256[] principal, uint256[] surplus);
    event ConverterBurned(uint256 tokens, uint256[] streamed);
    event Inflow(uint256 indexed asset, Source indexed source, uint256 amount);
    event Paused(address indexed guardian, uint256 until);
    event Unpaused(address indexed guardian);

    /// @notice The reserve is inside a call that moves assets: nothing may enter and no floor may be read.
    error Locked();
    error ZeroAmount(string field);
    error AmountTooLarge(string field, uint256 amount, uint256 max);
    error LengthMismatch(uint256 given, uint256 expected);
    error UnknownAsset(uint256 index, uint256 count);
    error AssetNotBacking(address asset);
    error RedemptionOff();
    error NoClaims();
    error EverythingForgone();
    error PrincipalTooLarge(uint256 asset, uint256 principal, uint256 max);
    error UnknownLoan(uint256 loanId);
    error LoanExpired(uint256 loanId, uint256 graceEnd);
    error ExtensionTooFar(uint256 loanId, uint256 deadline, uint256 latest);
    error NotBorrower(uint256 loanId, address caller);
    error BurnTooLarge(uint256 burn, uint256 max);
    error UnderBacked(uint256 asset, uint256 principal, uint256 max);
    error NothingToForeclose();
    error FlashCallbackFailed();
    error EntriesPaused(uint256 until);
    error PauseTooLong(uint256 secs, uint256 max);
    error PauseTooSoon(uint256 earliest);
    error NotPaused();
    error NotGuardian(address caller);
    error NotConverter(address caller);
    error NotLaunchpad(address caller);
    error AlreadySeeded();
    error NotWrappedNative(address sender);

    /// @notice Burn the caller's `tokens` and pay their backing less the redemption fee.
    /// @param forgo Bit j set leaves asset j behind, for an asset that cannot be moved at the moment.
    /// @param unwrap Pay the wrapped native asset as native currency.
    /// @return paid Base units of each asset sent to `to`. Needs no lower bound: the floor never falls.
    function redeem(uint256 tokens, uint256 forgo, address to, bool unwrap)
        external
        returns (uint256[] memory paid);

    /// @notice Lock the caller's `collateral` and lend `principal` of each asset, less the term fee.
    /// @param principal Base units of each asset, at most `maxBorrow(collateral)`; zero for none.
    function borrow(uint256 collateral, uint256[] calldata principal, address to, bool unwrap)
        external
        returns (uint256 loanId);

    /// @notice Pay back up to `amounts` of each asset, by anyone; more than is owed is not taken.
    /// @return released Collateral sent to the borrower: the least over owed assets of c * p / L, all at the end.
    function repay(uint256 loanId, uint256[] calldata amounts) external returns (uint256 released);

    /// @notice Add one term for the term fee on every owed asset, paid by the caller.
    function extend(uint256 loanId) external;

    /// @notice Add one term by burning collateral worth the fee; borrower only.
    /// @param maxBurn The most token base units to burn.
    function extendByBurn(uint256 loanId, uint256 maxBurn) external returns (uint256 burned);

    /// @notice Close the loans among `loanIds` whose grace has ended; the others are passed over.
    /// @return closed How many were closed, at least one.
    function foreclose(uint256[] calldata loanIds) external returns (uint256 closed);

    /// @notice Give `amount` of asset `asset` to the stream.
    function donate(uint256 asset, uint256 amount) external;

    /// @notice Credit what was sent directly to the reserve to the stream.
    function sync(uint256 asset) external returns (uint256 credited);

    /// @notice Burn the converter's own tokens, moving their backing to the stream. Converter only.
    function burnConverted(uint256 tokens) external;

    /// @notice Enter what the launchpad has sent as the first cash. Launchpad only, once.
    function seed() external;

    /// @notice Stop borrow, flash loans and conversion for `secs`, at most 7 days, then not for 7 days.
    function pause(uint256 secs) external;

    function unpause() external;

    function token() external view returns (address);

    function converter() external view returns (address);

    function terms() external view returns (Terms memory);

    /// @notice F of each asset and S, vested to this second.
    function backing() external view returns (uint256[] memory totals, uint256 claimsNow);

    function assetAt(uint256 index) external view returns (AssetView memory);

    function assetCount() external view returns (uint256);

    /// @return C, token base units locked in loans.
    function locked() external view returns (uint256);

    /// @return How many loans were ever opened; the low 32 bits of a loan's id count from one.
    function loanCount() external view returns (uint256);

    function loan(uint256 loanId) external view returns (LoanView memory);

    /// @notice What `redeem(tokens, 0, ...)` would pay now.
    function previewRedeem(uint256 tokens) external view returns (uint256[] memory paid);

    /// @return The largest principal of each asset that `collateral` allows now.
    function maxBorrow(uint256 collateral) external view returns (uint256[] memory);

    /// @return R * S / (F * (S - C)) in wad for asset `index`; at least one by theorem 2, `type(uint256).max`
    /// where nothing needs to be covered.
    function freeHolderCoverage(uint256 index) external view returns (uint256);

    /// @return Unix seconds until which entries are paused; zero when they are not.
    function pausedUntil() external view returns (uint256);
}
