-- What readers page through, from takes. Each is bounded.

-- name: page_down
SELECT block, log_index, time, synthetic, market, owner, taker, paid, collateral, norm, deficit, mid
FROM takes
WHERE synthetic = ?1 AND (block, log_index) < (?2, ?3) AND time >= ?4 AND time <= ?5
    AND (market = ?6 OR CAST(?7 AS BIGINT) = 0) AND (owner = ?8 OR CAST(?9 AS BIGINT) = 0)
ORDER BY block DESC, log_index DESC
LIMIT ?10;

-- name: export
SELECT block, log_index, time, synthetic, market, owner, taker, paid, collateral, norm, deficit, mid
FROM takes
WHERE (block, log_index) > (?1, ?2) AND time >= ?3 AND time <= ?4
    AND (synthetic = ?5 OR CAST(?6 AS BIGINT) = 0)
ORDER BY block, log_index
LIMIT ?7;
