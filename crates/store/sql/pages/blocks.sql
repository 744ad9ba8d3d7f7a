-- What readers page through, from blocks. Each is bounded.

-- name: page_after
SELECT number, hash, parent, time
FROM blocks
WHERE number > ?1
ORDER BY number
LIMIT ?2;

-- name: oldest
SELECT number, hash, parent, time
FROM blocks
ORDER BY number
LIMIT 1;
