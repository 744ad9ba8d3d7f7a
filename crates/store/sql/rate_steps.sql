-- The last step of a market's stability rate. Signed numbers are kept as two's complement.

-- name: get
SELECT controller, market, synthetic, gap, sum, rate, stepped_at
FROM rate_steps
WHERE controller = ?1 AND market = ?2;

-- name: put
INSERT INTO rate_steps (controller, market, synthetic, gap, sum, rate, stepped_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (controller, market) DO UPDATE SET
    synthetic = excluded.synthetic,
    gap = excluded.gap,
    sum = excluded.sum,
    rate = excluded.rate,
    stepped_at = excluded.stepped_at;

-- name: delete
DELETE FROM rate_steps
WHERE controller = ?1 AND market = ?2;

-- name: all
SELECT controller, market, synthetic, gap, sum, rate, stepped_at
FROM rate_steps
ORDER BY controller, market;

-- name: clear
DELETE FROM rate_steps;
