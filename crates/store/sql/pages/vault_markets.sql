-- What readers page through, from vault_markets. Each is bounded.

-- name: of_synthetic
SELECT synthetic, market, block, collateral, prices, borrow_ltv, min_debt, mint_window_secs, liq_ltv, max_discount,
    ramp_secs, fee_min, fee_slope, rate_controller, held, norm, full_at, index_wad, since, rate, ceiling,
    mint_limit, deficit, vaults
FROM vault_markets
WHERE synthetic = ?1
ORDER BY market
LIMIT 32;

-- name: export
SELECT synthetic, market, block, collateral, prices, borrow_ltv, min_debt, mint_window_secs, liq_ltv, max_discount,
    ramp_secs, fee_min, fee_slope, rate_controller, held, norm, full_at, index_wad, since, rate, ceiling,
    mint_limit, deficit, vaults
FROM vault_markets
WHERE (synthetic, market) > (?1, ?2)
    AND (synthetic = ?3 OR CAST(?4 AS BIGINT) = 0)
ORDER BY synthetic, market
LIMIT ?5;
