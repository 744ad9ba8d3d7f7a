-- What readers page through, from rate_steps. Each is bounded.

-- name: of_controller
SELECT controller, market, synthetic, gap, sum, rate, stepped_at
FROM rate_steps
WHERE controller = ?1
ORDER BY market
LIMIT 32;

-- name: export
SELECT controller, market, synthetic, gap, sum, rate, stepped_at
FROM rate_steps
WHERE (controller, market) > (?1, ?2)
    AND (synthetic = ?3 OR CAST(?4 AS BIGINT) = 0)
ORDER BY controller, market
LIMIT ?5;
