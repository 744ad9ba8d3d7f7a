-- What readers page through, from price_faults. Each is bounded.

-- name: page_down
SELECT block, log_index, time, prices, asset, kind, source, fault, mid
FROM price_faults
WHERE prices = ?1 AND asset = ?2 AND time >= ?3 AND time <= ?4
ORDER BY block DESC, log_index DESC
LIMIT ?5;

-- name: export
SELECT block, log_index, time, prices, asset, kind, source, fault, mid
FROM price_faults
WHERE (block, log_index) > (?1, ?2) AND time >= ?3 AND time <= ?4
    AND (prices = ?5 OR CAST(?6 AS BIGINT) = 0)
ORDER BY block, log_index
LIMIT ?7;
