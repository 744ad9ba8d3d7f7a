-- A market of a synthetic as its book keeps it: the index grows without an event.

-- name: get
SELECT synthetic, market, block, collateral, prices, borrow_ltv, min_debt, mint_window_secs, liq_ltv, max_discount,
    ramp_secs, fee_min, fee_slope, rate_controller, held, norm, full_at, index_wad, since, rate, ceiling,
    mint_limit, deficit, vaults
FROM vault_markets
WHERE synthetic = ?1 AND market = ?2;

-- name: put
INSERT INTO vault_markets (
    synthetic, market, block, collateral, prices, borrow_ltv, min_debt, mint_window_secs, liq_ltv, max_discount,
    ramp_secs, fee_min, fee_slope, rate_controller, held, norm, full_at, index_wad, since, rate, ceiling,
    mint_limit, deficit, vaults
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24)
ON CONFLICT (synthetic, market) DO UPDATE SET
    block = excluded.block,
    collateral = excluded.collateral,
    prices = excluded.prices,
    borrow_ltv = excluded.borrow_ltv,
    min_debt = excluded.min_debt,
    mint_window_secs = excluded.mint_window_secs,
    liq_ltv = excluded.liq_ltv,
    max_discount = excluded.max_discount,
    ramp_secs = excluded.ramp_secs,
    fee_min = excluded.fee_min,
    fee_slope = excluded.fee_slope,
    rate_controller = excluded.rate_controller,
    held = excluded.held,
    norm = excluded.norm,
    full_at = excluded.full_at,
    index_wad = excluded.index_wad,
    since = excluded.since,
    rate = excluded.rate,
    ceiling = excluded.ceiling,
    mint_limit = excluded.mint_limit,
    deficit = excluded.deficit,
    vaults = excluded.vaults;

-- name: delete
DELETE FROM vault_markets
WHERE synthetic = ?1 AND market = ?2;

-- name: all
SELECT synthetic, market, block, collateral, prices, borrow_ltv, min_debt, mint_window_secs, liq_ltv, max_discount,
    ramp_secs, fee_min, fee_slope, rate_controller, held, norm, full_at, index_wad, since, rate, ceiling,
    mint_limit, deficit, vaults
FROM vault_markets
ORDER BY synthetic, market;

-- name: clear
DELETE FROM vault_markets;
