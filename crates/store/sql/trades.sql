-- Swaps in watched pools.

-- name: get
SELECT block, log_index, time, pool, recipient, amount0_in, amount1_in, amount0_out, amount1_out
FROM trades
WHERE block = ?1 AND log_index = ?2;

-- name: put
INSERT INTO trades (block, log_index, time, pool, recipient, amount0_in, amount1_in, amount0_out, amount1_out)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (block, log_index) DO UPDATE SET
    time = excluded.time,
    pool = excluded.pool,
    recipient = excluded.recipient,
    amount0_in = excluded.amount0_in,
    amount1_in = excluded.amount1_in,
    amount0_out = excluded.amount0_out,
    amount1_out = excluded.amount1_out;

-- name: delete
DELETE FROM trades
WHERE block = ?1 AND log_index = ?2;

-- name: all
SELECT block, log_index, time, pool, recipient, amount0_in, amount1_in, amount0_out, amount1_out
FROM trades
ORDER BY block, log_index;

-- name: clear
DELETE FROM trades;
