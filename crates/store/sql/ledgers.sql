-- What a reserve has of one asset, as its contract keeps it.

-- name: get
SELECT reserve, asset_index, cash, lent, synced_at, vesting, pending
FROM ledgers
WHERE reserve = ?1 AND asset_index = ?2;

-- name: put
INSERT INTO ledgers (reserve, asset_index, cash, lent, synced_at, vesting, pending)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (reserve, asset_index) DO UPDATE SET
    cash = excluded.cash,
    lent = excluded.lent,
    synced_at = excluded.synced_at,
    vesting = excluded.vesting,
    pending = excluded.pending;

-- name: delete
DELETE FROM ledgers
WHERE reserve = ?1 AND asset_index = ?2;

-- name: all
SELECT reserve, asset_index, cash, lent, synced_at, vesting, pending
FROM ledgers
ORDER BY reserve, asset_index;

-- name: clear
DELETE FROM ledgers;
