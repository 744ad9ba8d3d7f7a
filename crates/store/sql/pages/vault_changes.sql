-- What readers page through, from vault_changes. Each is bounded.

-- name: page_of_vault
SELECT block, log_index, time, synthetic, market, owner, kind, account, collateral, debt, norm, deficit
FROM vault_changes
WHERE synthetic = ?1 AND market = ?2 AND owner = ?3 AND (block, log_index) < (?4, ?5)
ORDER BY block DESC, log_index DESC
LIMIT ?6;

-- name: export
SELECT block, log_index, time, synthetic, market, owner, kind, account, collateral, debt, norm, deficit
FROM vault_changes
WHERE (block, log_index) > (?1, ?2) AND time >= ?3 AND time <= ?4
    AND (synthetic = ?5 OR CAST(?6 AS BIGINT) = 0)
ORDER BY block, log_index
LIMIT ?7;
