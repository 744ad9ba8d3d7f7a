-- A part of a vault that was sold.

-- name: get
SELECT block, log_index, time, synthetic, market, owner, taker, paid, collateral, norm, deficit, mid
FROM takes
WHERE block = ?1 AND log_index = ?2;

-- name: put
INSERT INTO takes (block, log_index, time, synthetic, market, owner, taker, paid, collateral, norm, deficit, mid)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
ON CONFLICT (block, log_index) DO UPDATE SET
    time = excluded.time,
    synthetic = excluded.synthetic,
    market = excluded.market,
    owner = excluded.owner,
    taker = excluded.taker,
    paid = excluded.paid,
    collateral = excluded.collateral,
    norm = excluded.norm,
    deficit = excluded.deficit,
    mid = excluded.mid;

-- name: delete
DELETE FROM takes
WHERE block = ?1 AND log_index = ?2;

-- name: all
SELECT block, log_index, time, synthetic, market, owner, taker, paid, collateral, norm, deficit, mid
FROM takes
ORDER BY block, log_index;

-- name: clear
DELETE FROM takes;
