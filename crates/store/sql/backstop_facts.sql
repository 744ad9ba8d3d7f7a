-- What never changes of a backstop, read from the chain once.

-- name: get
SELECT backstop, name, symbol, decimals, cooldown_secs, genesis
FROM backstop_facts
WHERE backstop = ?1;

-- name: put
INSERT INTO backstop_facts (backstop, name, symbol, decimals, cooldown_secs, genesis)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (backstop) DO UPDATE SET
    name = excluded.name,
    symbol = excluded.symbol,
    decimals = excluded.decimals,
    cooldown_secs = excluded.cooldown_secs,
    genesis = excluded.genesis;

-- name: delete
DELETE FROM backstop_facts
WHERE backstop = ?1;

-- name: all
SELECT backstop, name, symbol, decimals, cooldown_secs, genesis
FROM backstop_facts
ORDER BY backstop;

-- name: clear
DELETE FROM backstop_facts;
