-- What the first pool of each token holds.

-- name: get
SELECT pool, reserve0, reserve1
FROM pools
WHERE pool = ?1;

-- name: put
INSERT INTO pools (pool, reserve0, reserve1)
VALUES (?1, ?2, ?3)
ON CONFLICT (pool) DO UPDATE SET
    reserve0 = excluded.reserve0,
    reserve1 = excluded.reserve1;

-- name: delete
DELETE FROM pools
WHERE pool = ?1;

-- name: all
SELECT pool, reserve0, reserve1
FROM pools
ORDER BY pool;

-- name: clear
DELETE FROM pools;
