-- Something that happened at a peg module.

-- name: get
SELECT block, log_index, time, synthetic, module, kind, account, recipient, units, amount
FROM peg_moves
WHERE block = ?1 AND log_index = ?2;

-- name: put
INSERT INTO peg_moves (block, log_index, time, synthetic, module, kind, account, recipient, units, amount)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT (block, log_index) DO UPDATE SET
    time = excluded.time,
    synthetic = excluded.synthetic,
    module = excluded.module,
    kind = excluded.kind,
    account = excluded.account,
    recipient = excluded.recipient,
    units = excluded.units,
    amount = excluded.amount;

-- name: delete
DELETE FROM peg_moves
WHERE block = ?1 AND log_index = ?2;

-- name: all
SELECT block, log_index, time, synthetic, module, kind, account, recipient, units, amount
FROM peg_moves
ORDER BY block, log_index;

-- name: clear
DELETE FROM peg_moves;
