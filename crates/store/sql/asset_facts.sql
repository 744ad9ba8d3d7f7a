-- A backing asset, read from the chain once.

-- name: get
SELECT asset, block, name, symbol, decimals
FROM asset_facts
WHERE asset = ?1;

-- name: put
INSERT INTO asset_facts (asset, block, name, symbol, decimals)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (asset) DO UPDATE SET
    block = excluded.block,
    name = excluded.name,
    symbol = excluded.symbol,
    decimals = excluded.decimals;

-- name: delete
DELETE FROM asset_facts
WHERE asset = ?1;

-- name: all
SELECT asset, block, name, symbol, decimals
FROM asset_facts
ORDER BY asset;

-- name: clear
DELETE FROM asset_facts;

-- name: delete_after
DELETE FROM asset_facts
WHERE block > ?1;
