-- A call that a governor announced.

-- name: get
SELECT governor, call, target, data, ready_at, expires_at, status, block
FROM governor_calls
WHERE governor = ?1 AND call = ?2;

-- name: put
INSERT INTO governor_calls (governor, call, target, data, ready_at, expires_at, status, block)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (governor, call) DO UPDATE SET
    target = excluded.target,
    data = excluded.data,
    ready_at = excluded.ready_at,
    expires_at = excluded.expires_at,
    status = excluded.status,
    block = excluded.block;

-- name: delete
DELETE FROM governor_calls
WHERE governor = ?1 AND call = ?2;

-- name: all
SELECT governor, call, target, data, ready_at, expires_at, status, block
FROM governor_calls
ORDER BY governor, call;

-- name: clear
DELETE FROM governor_calls;
