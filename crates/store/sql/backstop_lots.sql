-- Collateral that a backstop bought and sells.

-- name: get
SELECT backstop, market, held, started_at
FROM backstop_lots
WHERE backstop = ?1 AND market = ?2;

-- name: put
INSERT INTO backstop_lots (backstop, market, held, started_at)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (backstop, market) DO UPDATE SET
    held = excluded.held,
    started_at = excluded.started_at;

-- name: delete
DELETE FROM backstop_lots
WHERE backstop = ?1 AND market = ?2;

-- name: all
SELECT backstop, market, held, started_at
FROM backstop_lots
ORDER BY backstop, market;

-- name: clear
DELETE FROM backstop_lots;
