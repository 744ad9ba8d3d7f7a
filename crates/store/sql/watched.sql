-- A contract of a synthetic whose logs are in the store.

-- name: get
SELECT contract, role, synthetic, since
FROM watched
WHERE contract = ?1;

-- name: put
INSERT INTO watched (contract, role, synthetic, since)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (contract) DO UPDATE SET
    role = excluded.role,
    synthetic = excluded.synthetic,
    since = excluded.since;

-- name: delete
DELETE FROM watched
WHERE contract = ?1;

-- name: all
SELECT contract, role, synthetic, since
FROM watched
ORDER BY contract;

-- name: clear
DELETE FROM watched;
