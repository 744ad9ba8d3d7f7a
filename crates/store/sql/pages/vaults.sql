-- What readers page through, from vaults. Each is bounded.

-- name: page_riskiest
SELECT synthetic, market, owner, collateral, norm, flagged_at, is_open, risk, changed, changed_at
FROM vaults
WHERE synthetic = ?1 AND market = ?2 AND is_open = 1 AND (risk, owner) < (?3, ?4)
ORDER BY risk DESC, owner DESC
LIMIT ?5;

-- name: page_largest
SELECT synthetic, market, owner, collateral, norm, flagged_at, is_open, risk, changed, changed_at
FROM vaults
WHERE synthetic = ?1 AND market = ?2 AND is_open = 1 AND (norm, owner) < (?3, ?4)
ORDER BY norm DESC, owner DESC
LIMIT ?5;

-- name: page_by_owner
SELECT synthetic, market, owner, collateral, norm, flagged_at, is_open, risk, changed, changed_at
FROM vaults
WHERE synthetic = ?1 AND market = ?2 AND is_open = 1 AND owner > ?3
ORDER BY owner
LIMIT ?4;

-- name: page_of_owner
SELECT synthetic, market, owner, collateral, norm, flagged_at, is_open, risk, changed, changed_at
FROM vaults
WHERE owner = ?1 AND is_open = 1 AND (synthetic, market) > (?2, ?3)
ORDER BY synthetic, market
LIMIT ?4;

-- name: page_between
SELECT synthetic, market, owner, collateral, norm, flagged_at, is_open, risk, changed, changed_at
FROM vaults
WHERE synthetic = ?1 AND market = ?2 AND is_open = 1 AND risk >= ?3 AND risk < ?4
ORDER BY risk DESC, owner DESC
LIMIT ?5;

-- name: page_dust
SELECT synthetic, market, owner, collateral, norm, flagged_at, is_open, risk, changed, changed_at
FROM vaults
WHERE synthetic = ?1 AND market = ?2 AND is_open = 1 AND norm > ?3 AND norm < ?4
ORDER BY norm, owner
LIMIT ?5;

-- name: export
SELECT synthetic, market, owner, collateral, norm, flagged_at, is_open, risk, changed, changed_at
FROM vaults
WHERE (synthetic, market, owner) > (?1, ?2, ?3)
    AND (synthetic = ?4 OR CAST(?5 AS BIGINT) = 0)
ORDER BY synthetic, market, owner
LIMIT ?6;

-- name: count_above
SELECT COUNT(*)
FROM vaults
WHERE synthetic = ?1 AND market = ?2 AND is_open = 1 AND risk >= ?3 AND norm >= ?4;

-- name: some
SELECT synthetic, market, owner, collateral, norm, flagged_at, is_open, risk, changed, changed_at
FROM vaults
ORDER BY synthetic, market, owner
LIMIT 10000;
