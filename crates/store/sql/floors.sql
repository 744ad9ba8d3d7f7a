-- The floor after the last event of a block that moved it.

-- name: get
SELECT token, block, time, floors
FROM floors
WHERE token = ?1 AND block = ?2;

-- name: put
INSERT INTO floors (token, block, time, floors)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (token, block) DO UPDATE SET
    time = excluded.time,
    floors = excluded.floors;

-- name: delete
DELETE FROM floors
WHERE token = ?1 AND block = ?2;

-- name: all
SELECT token, block, time, floors
FROM floors
ORDER BY token, block;

-- name: clear
DELETE FROM floors;
