-- What readers page through, from peg_moves. Each is bounded.

-- name: page_down
SELECT block, log_index, time, synthetic, module, kind, account, recipient, units, amount
FROM peg_moves
WHERE synthetic = ?1 AND (block, log_index) < (?2, ?3) AND time >= ?4 AND time <= ?5
ORDER BY block DESC, log_index DESC
LIMIT ?6;

-- name: export
SELECT block, log_index, time, synthetic, module, kind, account, recipient, units, amount
FROM peg_moves
WHERE (block, log_index) > (?1, ?2) AND time >= ?3 AND time <= ?4
    AND (synthetic = ?5 OR CAST(?6 AS BIGINT) = 0)
ORDER BY block, log_index
LIMIT ?7;
