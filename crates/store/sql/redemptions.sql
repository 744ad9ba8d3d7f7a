-- A redemption of a synthetic for a vault's collateral.

-- name: get
SELECT block, log_index, time, synthetic, market, owner, redeemer, burned, collateral, norm, fee
FROM redemptions
WHERE block = ?1 AND log_index = ?2;

-- name: put
INSERT INTO redemptions (block, log_index, time, synthetic, market, owner, redeemer, burned, collateral, norm, fee)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
ON CONFLICT (block, log_index) DO UPDATE SET
    time = excluded.time,
    synthetic = excluded.synthetic,
    market = excluded.market,
    owner = excluded.owner,
    redeemer = excluded.redeemer,
    burned = excluded.burned,
    collateral = excluded.collateral,
    norm = excluded.norm,
    fee = excluded.fee;

-- name: delete
DELETE FROM redemptions
WHERE block = ?1 AND log_index = ?2;

-- name: all
SELECT block, log_index, time, synthetic, market, owner, redeemer, burned, collateral, norm, fee
FROM redemptions
ORDER BY block, log_index;

-- name: clear
DELETE FROM redemptions;
