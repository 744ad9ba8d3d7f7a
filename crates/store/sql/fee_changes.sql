-- Changes of a token's fees, cut or proposed.

-- name: get
SELECT block, log_index, time, token, buy_bps, sell_bps, effective_at
FROM fee_changes
WHERE block = ?1 AND log_index = ?2;

-- name: put
INSERT INTO fee_changes (block, log_index, time, token, buy_bps, sell_bps, effective_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (block, log_index) DO UPDATE SET
    time = excluded.time,
    token = excluded.token,
    buy_bps = excluded.buy_bps,
    sell_bps = excluded.sell_bps,
    effective_at = excluded.effective_at;

-- name: delete
DELETE FROM fee_changes
WHERE block = ?1 AND log_index = ?2;

-- name: all
SELECT block, log_index, time, token, buy_bps, sell_bps, effective_at
FROM fee_changes
ORDER BY block, log_index;

-- name: clear
DELETE FROM fee_changes;
