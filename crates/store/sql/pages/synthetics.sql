-- What readers page through, from synthetics. Each is bounded.

-- name: export
SELECT synthetic, block, supply, surplus, deficit, peg_ledger, peg_deficit, stopped_until, markets
FROM synthetics
WHERE synthetic > ?1
    AND (synthetic = ?2 OR CAST(?3 AS BIGINT) = 0)
ORDER BY synthetic
LIMIT ?4;
