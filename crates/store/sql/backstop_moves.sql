-- Something that happened at a backstop.

-- name: get
SELECT block, log_index, time, synthetic, backstop, kind, account, epoch, market, amount, shares, collateral
FROM backstop_moves
WHERE block = ?1 AND log_index = ?2;

-- name: put
INSERT INTO backstop_moves (
    block, log_index, time, synthetic, backstop, kind, account, epoch, market, amount, shares, collateral
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
ON CONFLICT (block, log_index) DO UPDATE SET
    time = excluded.time,
    synthetic = excluded.synthetic,
    backstop = excluded.backstop,
    kind = excluded.kind,
    account = excluded.account,
    epoch = excluded.epoch,
    market = excluded.market,
    amount = excluded.amount,
    shares = excluded.shares,
    collateral = excluded.collateral;

-- name: delete
DELETE FROM backstop_moves
WHERE block = ?1 AND log_index = ?2;

-- name: all
SELECT block, log_index, time, synthetic, backstop, kind, account, epoch, market, amount, shares, collateral
FROM backstop_moves
ORDER BY block, log_index;

-- name: clear
DELETE FROM backstop_moves;
