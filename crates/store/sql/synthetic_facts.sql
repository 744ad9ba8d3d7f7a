-- What a synthetic says of itself and never changes, read from the chain once.

-- name: get
SELECT synthetic, name, symbol, surplus_buffer
FROM synthetic_facts
WHERE synthetic = ?1;

-- name: put
INSERT INTO synthetic_facts (synthetic, name, symbol, surplus_buffer)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (synthetic) DO UPDATE SET
    name = excluded.name,
    symbol = excluded.symbol,
    surplus_buffer = excluded.surplus_buffer;

-- name: delete
DELETE FROM synthetic_facts
WHERE synthetic = ?1;

-- name: all
SELECT synthetic, name, symbol, surplus_buffer
FROM synthetic_facts
ORDER BY synthetic;

-- name: clear
DELETE FROM synthetic_facts;
