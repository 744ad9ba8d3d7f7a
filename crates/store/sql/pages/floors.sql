-- What readers page through, from floors. Each is bounded.

-- name: page_down
SELECT token, block, time, floors
FROM floors
WHERE token = ?1 AND time >= ?2 AND time <= ?3
ORDER BY time DESC, block DESC
LIMIT ?4;

-- name: before
SELECT token, block, time, floors
FROM floors
WHERE token = ?1 AND time <= ?2
ORDER BY time DESC, block DESC
LIMIT 1;

-- name: export
SELECT token, block, time, floors
FROM floors
WHERE (token, block) > (?1, ?2) AND time >= ?3 AND time <= ?4
    AND (token = ?5 OR CAST(?6 AS BIGINT) = 0)
ORDER BY token, block
LIMIT ?7;
