-- What readers page through, from balances. Each is bounded.

-- name: page_by_amount
SELECT token, holder, amount
FROM balances
WHERE token = ?1 AND amount >= ?2 AND (amount, holder) < (?3, ?4)
ORDER BY amount DESC, holder DESC
LIMIT ?5;

-- name: page_of_holder
SELECT token, holder, amount
FROM balances
WHERE holder = ?1 AND token > ?2
ORDER BY token
LIMIT ?3;

-- name: export
SELECT token, holder, amount
FROM balances
WHERE (token, holder) > (?1, ?2) AND (token = ?3 OR CAST(?4 AS BIGINT) = 0)
ORDER BY token, holder
LIMIT ?5;
