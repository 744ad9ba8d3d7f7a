-- The mid price that vaults are taken at, as the projection of vaults last saw it.

-- name: get
SELECT prices, asset, mid
FROM mids
WHERE prices = ?1 AND asset = ?2;

-- name: put
INSERT INTO mids (prices, asset, mid)
VALUES (?1, ?2, ?3)
ON CONFLICT (prices, asset) DO UPDATE SET
    mid = excluded.mid;

-- name: delete
DELETE FROM mids
WHERE prices = ?1 AND asset = ?2;

-- name: all
SELECT prices, asset, mid
FROM mids
ORDER BY prices, asset;

-- name: clear
DELETE FROM mids;
