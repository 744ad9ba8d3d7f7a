-- What readers page through, from trades. Each is bounded.

-- name: page_down
SELECT block, log_index, time, token, pool, recipient, is_buy, tokens, assets, price_wad
FROM trades
WHERE token = ?1 AND (time, block, log_index) < (?2, ?3, ?4) AND time >= ?5
    AND (recipient = ?6 OR CAST(?7 AS BIGINT) = 0)
ORDER BY time DESC, block DESC, log_index DESC
LIMIT ?8;

-- name: export
SELECT block, log_index, time, token, pool, recipient, is_buy, tokens, assets, price_wad
FROM trades
WHERE (block, log_index) > (?1, ?2) AND time >= ?3 AND time <= ?4
    AND (token = ?5 OR CAST(?6 AS BIGINT) = 0)
ORDER BY block, log_index
LIMIT ?7;
