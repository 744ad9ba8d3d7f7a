-- What readers page through, from supplies. Each is bounded.

-- name: export
SELECT token, supply, unspendable
FROM supplies
WHERE token > ?1 AND (token = ?2 OR CAST(?3 AS BIGINT) = 0)
ORDER BY token
LIMIT ?4;
