-- A loss that came up, or a part of one that was paid.

-- name: get
SELECT block, log_index, time, synthetic, market, kind, owner, payer, amount
FROM losses
WHERE block = ?1 AND log_index = ?2;

-- name: put
INSERT INTO losses (block, log_index, time, synthetic, market, kind, owner, payer, amount)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (block, log_index) DO UPDATE SET
    time = excluded.time,
    synthetic = excluded.synthetic,
    market = excluded.market,
    kind = excluded.kind,
    owner = excluded.owner,
    payer = excluded.payer,
    amount = excluded.amount;

-- name: delete
DELETE FROM losses
WHERE block = ?1 AND log_index = ?2;

-- name: all
SELECT block, log_index, time, synthetic, market, kind, owner, payer, amount
FROM losses
ORDER BY block, log_index;

-- name: clear
DELETE FROM losses;
