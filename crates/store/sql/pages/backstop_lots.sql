-- What readers page through, from backstop_lots. Each is bounded.

-- name: of_backstop
SELECT backstop, market, held, started_at
FROM backstop_lots
WHERE backstop = ?1
ORDER BY market
LIMIT 32;

-- name: export
SELECT backstop, market, held, started_at
FROM backstop_lots
WHERE (backstop, market) > (?1, ?2)
    AND (backstop = ?3 OR CAST(?4 AS BIGINT) = 0)
ORDER BY backstop, market
LIMIT ?5;
