-- Recent canonical blocks, newest last; only the window that a reorganisation can reach is kept.

-- name: get
SELECT number, hash, parent, time
FROM blocks
WHERE number = ?1;

-- name: put
INSERT INTO blocks (number, hash, parent, time)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (number) DO UPDATE SET
    hash = excluded.hash,
    parent = excluded.parent,
    time = excluded.time;

-- name: delete
DELETE FROM blocks
WHERE number = ?1;

-- name: all
SELECT number, hash, parent, time
FROM blocks
ORDER BY number;

-- name: clear
DELETE FROM blocks;

-- name: newest
SELECT number, hash, parent, time
FROM blocks
ORDER BY number DESC
LIMIT 1;

-- name: newest_first
SELECT number, hash, parent, time
FROM blocks
ORDER BY number DESC;

-- name: delete_after
DELETE FROM blocks
WHERE number > ?1;

-- name: delete_before
DELETE FROM blocks
WHERE number < ?1;

-- Touches a block where it is still there: what is written upon it belongs to it.

-- name: confirm
UPDATE blocks
SET hash = ?2
WHERE number = ?1 AND hash = ?2;
