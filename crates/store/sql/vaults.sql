-- A vault: the part of one owner in one market.

-- name: get
SELECT synthetic, market, owner, collateral, norm, flagged_at, is_open, risk, changed, changed_at
FROM vaults
WHERE synthetic = ?1 AND market = ?2 AND owner = ?3;

-- name: put
INSERT INTO vaults (synthetic, market, owner, collateral, norm, flagged_at, is_open, risk, changed, changed_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT (synthetic, market, owner) DO UPDATE SET
    collateral = excluded.collateral,
    norm = excluded.norm,
    flagged_at = excluded.flagged_at,
    is_open = excluded.is_open,
    risk = excluded.risk,
    changed = excluded.changed,
    changed_at = excluded.changed_at;

-- name: delete
DELETE FROM vaults
WHERE synthetic = ?1 AND market = ?2 AND owner = ?3;

-- name: all
SELECT synthetic, market, owner, collateral, norm, flagged_at, is_open, risk, changed, changed_at
FROM vaults
ORDER BY synthetic, market, owner;

-- name: clear
DELETE FROM vaults;
