-- Token base units of each holder that ever held any.

-- name: get
SELECT token, holder, amount
FROM balances
WHERE token = ?1 AND holder = ?2;

-- name: put
INSERT INTO balances (token, holder, amount)
VALUES (?1, ?2, ?3)
ON CONFLICT (token, holder) DO UPDATE SET
    amount = excluded.amount;

-- name: delete
DELETE FROM balances
WHERE token = ?1 AND holder = ?2;

-- name: all
SELECT token, holder, amount
FROM balances
ORDER BY token, holder;

-- name: clear
DELETE FROM balances;

-- name: of_token
SELECT token, holder, amount
FROM balances
WHERE token = ?1
ORDER BY token, holder;
