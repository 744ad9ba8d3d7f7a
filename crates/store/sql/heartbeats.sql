-- A sign of life of a program that writes this store.

-- name: get
SELECT service, beat_at, block, tip, stopped
FROM heartbeats
WHERE service = ?1;

-- name: put
INSERT INTO heartbeats (service, beat_at, block, tip, stopped)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (service) DO UPDATE SET
    beat_at = excluded.beat_at,
    block = excluded.block,
    tip = excluded.tip,
    stopped = excluded.stopped;

-- name: delete
DELETE FROM heartbeats
WHERE service = ?1;

-- name: all
SELECT service, beat_at, block, tip, stopped
FROM heartbeats
ORDER BY service;

-- name: clear
DELETE FROM heartbeats;

-- name: delete_before
DELETE FROM heartbeats
WHERE beat_at < ?1;
