-- How far each projection has come, and why it stopped where it has.

-- name: get
SELECT name, version, block, stopped
FROM projections
WHERE name = ?1;

-- name: put
INSERT INTO projections (name, version, block, stopped)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (name) DO UPDATE SET
    version = excluded.version,
    block = excluded.block,
    stopped = excluded.stopped;

-- name: delete
DELETE FROM projections
WHERE name = ?1;

-- name: all
SELECT name, version, block, stopped
FROM projections
ORDER BY name;

-- name: clear
DELETE FROM projections;

-- Moves a projection on, and only from where the writer believed it to be.

-- name: advance
UPDATE projections
SET block = ?3
WHERE name = ?1 AND block = ?2;

-- Stops a projection, and only where the writer believed it to be.

-- name: stop
UPDATE projections
SET stopped = ?3
WHERE name = ?1 AND block = ?2;
