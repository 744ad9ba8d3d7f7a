-- The pool's price after the last event of a block that moved it.

-- name: get
SELECT token, block, time, price_wad
FROM prices
WHERE token = ?1 AND block = ?2;

-- name: put
INSERT INTO prices (token, block, time, price_wad)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (token, block) DO UPDATE SET
    time = excluded.time,
    price_wad = excluded.price_wad;

-- name: delete
DELETE FROM prices
WHERE token = ?1 AND block = ?2;

-- name: all
SELECT token, block, time, price_wad
FROM prices
ORDER BY token, block;

-- name: clear
DELETE FROM prices;
