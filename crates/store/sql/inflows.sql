-- Base units of one asset that came to a reserve, by source.

-- name: get
SELECT reserve, asset_index, source, amount
FROM inflows
WHERE reserve = ?1 AND asset_index = ?2 AND source = ?3;

-- name: put
INSERT INTO inflows (reserve, asset_index, source, amount)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (reserve, asset_index, source) DO UPDATE SET
    amount = excluded.amount;

-- name: delete
DELETE FROM inflows
WHERE reserve = ?1 AND asset_index = ?2 AND source = ?3;

-- name: all
SELECT reserve, asset_index, source, amount
FROM inflows
ORDER BY reserve, asset_index, source;

-- name: clear
DELETE FROM inflows;
