-- What readers page through, from ledgers. Each is bounded.

-- name: of_reserve
SELECT reserve, asset_index, cash, lent, synced_at, vesting, pending
FROM ledgers
WHERE reserve = ?1
ORDER BY asset_index
LIMIT 8;

-- name: export
SELECT reserve, asset_index, cash, lent, synced_at, vesting, pending
FROM ledgers
WHERE (reserve, asset_index) > (?1, ?2) AND (reserve = ?3 OR CAST(?4 AS BIGINT) = 0)
ORDER BY reserve, asset_index
LIMIT ?5;
