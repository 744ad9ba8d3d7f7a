-- A synthetic as its book keeps it.

-- name: get
SELECT synthetic, block, supply, surplus, deficit, peg_ledger, peg_deficit, stopped_until, markets
FROM synthetics
WHERE synthetic = ?1;

-- name: put
INSERT INTO synthetics (synthetic, block, supply, surplus, deficit, peg_ledger, peg_deficit, stopped_until, markets)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (synthetic) DO UPDATE SET
    block = excluded.block,
    supply = excluded.supply,
    surplus = excluded.surplus,
    deficit = excluded.deficit,
    peg_ledger = excluded.peg_ledger,
    peg_deficit = excluded.peg_deficit,
    stopped_until = excluded.stopped_until,
    markets = excluded.markets;

-- name: delete
DELETE FROM synthetics
WHERE synthetic = ?1;

-- name: all
SELECT synthetic, block, supply, surplus, deficit, peg_ledger, peg_deficit, stopped_until, markets
FROM synthetics
ORDER BY synthetic;

-- name: clear
DELETE FROM synthetics;
