-- Who holds the powers over each token.

-- name: get
SELECT token, owner, guardian
FROM powers
WHERE token = ?1;

-- name: put
INSERT INTO powers (token, owner, guardian)
VALUES (?1, ?2, ?3)
ON CONFLICT (token) DO UPDATE SET
    owner = excluded.owner,
    guardian = excluded.guardian;

-- name: delete
DELETE FROM powers
WHERE token = ?1;

-- name: all
SELECT token, owner, guardian
FROM powers
ORDER BY token;

-- name: clear
DELETE FROM powers;
