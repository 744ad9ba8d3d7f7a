-- What readers page through, from rungs. Each is bounded.

-- name: of_market
SELECT synthetic, market, rung, norm, collateral, vaults
FROM rungs
WHERE synthetic = ?1 AND market = ?2
ORDER BY rung DESC
LIMIT 20000;
