-- The exchange of a synthetic with a custody token.

-- name: get
SELECT module, synthetic, custody, cap, entered, exited
FROM peg_modules
WHERE module = ?1;

-- name: put
INSERT INTO peg_modules (module, synthetic, custody, cap, entered, exited)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (module) DO UPDATE SET
    synthetic = excluded.synthetic,
    custody = excluded.custody,
    cap = excluded.cap,
    entered = excluded.entered,
    exited = excluded.exited;

-- name: delete
DELETE FROM peg_modules
WHERE module = ?1;

-- name: all
SELECT module, synthetic, custody, cap, entered, exited
FROM peg_modules
ORDER BY module;

-- name: clear
DELETE FROM peg_modules;
