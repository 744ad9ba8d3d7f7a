-- Where the transactions of an account began, and what of its nonces is accounted for.

-- name: get
SELECT address, chain_id, genesis_hash, next_nonce
FROM lanes
WHERE address = ?1;

-- name: put
INSERT INTO lanes (address, chain_id, genesis_hash, next_nonce)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (address) DO UPDATE SET
    chain_id = excluded.chain_id,
    genesis_hash = excluded.genesis_hash,
    next_nonce = excluded.next_nonce;

-- name: delete
DELETE FROM lanes
WHERE address = ?1;

-- name: all
SELECT address, chain_id, genesis_hash, next_nonce
FROM lanes
ORDER BY address;

-- name: clear
DELETE FROM lanes;

-- The lane of a key begins with its first program; a second one finds it as it is.

-- name: begin
INSERT INTO lanes (address, chain_id, genesis_hash, next_nonce)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (address) DO NOTHING;

-- What is accounted for only grows.

-- name: advance
UPDATE lanes
SET next_nonce = ?2
WHERE address = ?1 AND next_nonce < ?2;
