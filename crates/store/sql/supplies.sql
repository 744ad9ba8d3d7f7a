-- Token base units in existence, and those that nobody can move.

-- name: get
SELECT token, supply, unspendable
FROM supplies
WHERE token = ?1;

-- name: put
INSERT INTO supplies (token, supply, unspendable)
VALUES (?1, ?2, ?3)
ON CONFLICT (token) DO UPDATE SET
    supply = excluded.supply,
    unspendable = excluded.unspendable;

-- name: delete
DELETE FROM supplies
WHERE token = ?1;

-- name: all
SELECT token, supply, unspendable
FROM supplies
ORDER BY token;

-- name: clear
DELETE FROM supplies;
