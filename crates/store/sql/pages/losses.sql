-- What readers page through, from losses. Each is bounded.

-- name: page_down
SELECT block, log_index, time, synthetic, market, kind, owner, payer, amount
FROM losses
WHERE synthetic = ?1 AND (block, log_index) < (?2, ?3) AND time >= ?4 AND time <= ?5
ORDER BY block DESC, log_index DESC
LIMIT ?6;

-- name: of_synthetic
SELECT block, log_index, time, synthetic, market, kind, owner, payer, amount
FROM losses
WHERE synthetic = ?1
ORDER BY block, log_index
LIMIT ?2;

-- name: export
SELECT block, log_index, time, synthetic, market, kind, owner, payer, amount
FROM losses
WHERE (block, log_index) > (?1, ?2) AND time >= ?3 AND time <= ?4
    AND (synthetic = ?5 OR CAST(?6 AS BIGINT) = 0)
ORDER BY block, log_index
LIMIT ?7;
