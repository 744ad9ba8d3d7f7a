-- Something that happened to a vault. What left it is kept as two's complement.

-- name: get
SELECT block, log_index, time, synthetic, market, owner, kind, account, collateral, debt, norm, deficit
FROM vault_changes
WHERE block = ?1 AND log_index = ?2;

-- name: put
INSERT INTO vault_changes (
    block, log_index, time, synthetic, market, owner, kind, account, collateral, debt, norm, deficit
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
ON CONFLICT (block, log_index) DO UPDATE SET
    time = excluded.time,
    synthetic = excluded.synthetic,
    market = excluded.market,
    owner = excluded.owner,
    kind = excluded.kind,
    account = excluded.account,
    collateral = excluded.collateral,
    debt = excluded.debt,
    norm = excluded.norm,
    deficit = excluded.deficit;

-- name: delete
DELETE FROM vault_changes
WHERE block = ?1 AND log_index = ?2;

-- name: all
SELECT block, log_index, time, synthetic, market, owner, kind, account, collateral, debt, norm, deficit
FROM vault_changes
ORDER BY block, log_index;

-- name: clear
DELETE FROM vault_changes;
