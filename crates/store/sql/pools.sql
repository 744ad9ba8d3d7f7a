-- What a token's first pool holds.

-- name: get
SELECT pool, token, tokens, assets
FROM pools
WHERE pool = ?1;

-- name: put
INSERT INTO pools (pool, token, tokens, assets)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (pool) DO UPDATE SET
    token = excluded.token,
    tokens = excluded.tokens,
    assets = excluded.assets;

-- name: delete
DELETE FROM pools
WHERE pool = ?1;

-- name: all
SELECT pool, token, tokens, assets
FROM pools
ORDER BY pool;

-- name: clear
DELETE FROM pools;
