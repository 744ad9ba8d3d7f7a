-- Launched tokens with their parts.

-- name: get
SELECT token, reserve, owner, converter, pool, liquidity_lock, assets, seeds, block, time
FROM tokens
WHERE token = ?1;

-- name: put
INSERT INTO tokens (token, reserve, owner, converter, pool, liquidity_lock, assets, seeds, block, time)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT (token) DO UPDATE SET
    reserve = excluded.reserve,
    owner = excluded.owner,
    converter = excluded.converter,
    pool = excluded.pool,
    liquidity_lock = excluded.liquidity_lock,
    assets = excluded.assets,
    seeds = excluded.seeds,
    block = excluded.block,
    time = excluded.time;

-- name: delete
DELETE FROM tokens
WHERE token = ?1;

-- name: all
SELECT token, reserve, owner, converter, pool, liquidity_lock, assets, seeds, block, time
FROM tokens
ORDER BY token;

-- name: clear
DELETE FROM tokens;
