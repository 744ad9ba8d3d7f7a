-- What readers page through, from governor_calls. Each is bounded.

-- name: waiting
SELECT governor, call, target, data, ready_at, expires_at, status, block
FROM governor_calls
WHERE governor = ?1 AND status = 'scheduled'
ORDER BY call DESC
LIMIT 500;

-- name: export
SELECT governor, call, target, data, ready_at, expires_at, status, block
FROM governor_calls
WHERE (governor, call) > (?1, ?2)
    AND (governor = ?3 OR CAST(?4 AS BIGINT) = 0)
ORDER BY governor, call
LIMIT ?5;
