-- The lock on a token's pool liquidity.

-- name: get
SELECT token, liquidity_lock, until, withdrawn
FROM lock_untils
WHERE token = ?1;

-- name: put
INSERT INTO lock_untils (token, liquidity_lock, until, withdrawn)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (token) DO UPDATE SET
    liquidity_lock = excluded.liquidity_lock,
    until = excluded.until,
    withdrawn = excluded.withdrawn;

-- name: delete
DELETE FROM lock_untils
WHERE token = ?1;

-- name: all
SELECT token, liquidity_lock, until, withdrawn
FROM lock_untils
ORDER BY token;

-- name: clear
DELETE FROM lock_untils;
