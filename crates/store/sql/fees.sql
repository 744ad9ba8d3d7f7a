-- A token's fees as its contract keeps them.

-- name: get
SELECT token, buy_bps, sell_bps, next_buy_bps, next_sell_bps, next_at
FROM fees
WHERE token = ?1;

-- name: put
INSERT INTO fees (token, buy_bps, sell_bps, next_buy_bps, next_sell_bps, next_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (token) DO UPDATE SET
    buy_bps = excluded.buy_bps,
    sell_bps = excluded.sell_bps,
    next_buy_bps = excluded.next_buy_bps,
    next_sell_bps = excluded.next_sell_bps,
    next_at = excluded.next_at;

-- name: delete
DELETE FROM fees
WHERE token = ?1;

-- name: all
SELECT token, buy_bps, sell_bps, next_buy_bps, next_sell_bps, next_at
FROM fees
ORDER BY token;

-- name: clear
DELETE FROM fees;
