-- A swap, seen from the pool.

-- name: get
SELECT block, log_index, time, token, pool, recipient, is_buy, tokens, assets, price_wad
FROM trades
WHERE block = ?1 AND log_index = ?2;

-- name: put
INSERT INTO trades (block, log_index, time, token, pool, recipient, is_buy, tokens, assets, price_wad)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT (block, log_index) DO UPDATE SET
    time = excluded.time,
    token = excluded.token,
    pool = excluded.pool,
    recipient = excluded.recipient,
    is_buy = excluded.is_buy,
    tokens = excluded.tokens,
    assets = excluded.assets,
    price_wad = excluded.price_wad;

-- name: delete
DELETE FROM trades
WHERE block = ?1 AND log_index = ?2;

-- name: all
SELECT block, log_index, time, token, pool, recipient, is_buy, tokens, assets, price_wad
FROM trades
ORDER BY block, log_index;

-- name: clear
DELETE FROM trades;
