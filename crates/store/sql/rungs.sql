-- A step of a market's ladder: vaults whose risk begins with the same bits.

-- name: get
SELECT synthetic, market, rung, norm, collateral, vaults
FROM rungs
WHERE synthetic = ?1 AND market = ?2 AND rung = ?3;

-- name: put
INSERT INTO rungs (synthetic, market, rung, norm, collateral, vaults)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (synthetic, market, rung) DO UPDATE SET
    norm = excluded.norm,
    collateral = excluded.collateral,
    vaults = excluded.vaults;

-- name: delete
DELETE FROM rungs
WHERE synthetic = ?1 AND market = ?2 AND rung = ?3;

-- name: all
SELECT synthetic, market, rung, norm, collateral, vaults
FROM rungs
ORDER BY synthetic, market, rung;

-- name: clear
DELETE FROM rungs;
