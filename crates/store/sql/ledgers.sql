-- What a reserve has of one asset: cash with what still streams in, and what is lent.

-- name: get
SELECT reserve, asset_index, held, lent
FROM ledgers
WHERE reserve = ?1 AND asset_index = ?2;

-- name: put
INSERT INTO ledgers (reserve, asset_index, held, lent)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (reserve, asset_index) DO UPDATE SET
    held = excluded.held,
    lent = excluded.lent;

-- name: delete
DELETE FROM ledgers
WHERE reserve = ?1 AND asset_index = ?2;

-- name: all
SELECT reserve, asset_index, held, lent
FROM ledgers
ORDER BY reserve, asset_index;

-- name: clear
DELETE FROM ledgers;
