-- What readers page through, from tokens. Each is bounded.

-- name: newest
SELECT token, reserve, owner, converter, pool, liquidity_lock, assets, seeds, block, time
FROM tokens
ORDER BY block DESC, token DESC
LIMIT ?1;

-- name: count
SELECT COUNT(*)
FROM tokens;

-- name: export
SELECT token, reserve, owner, converter, pool, liquidity_lock, assets, seeds, block, time
FROM tokens
WHERE (block, token) > (?1, ?2) AND time >= ?3 AND time <= ?4
    AND (token = ?5 OR CAST(?6 AS BIGINT) = 0)
ORDER BY block, token
LIMIT ?7;
