-- The one deployment whose chain this store holds.

-- name: get
SELECT launchpad, chain_id, genesis_hash
FROM deployments
WHERE launchpad = ?1;

-- name: put
INSERT INTO deployments (launchpad, chain_id, genesis_hash)
VALUES (?1, ?2, ?3)
ON CONFLICT (launchpad) DO UPDATE SET
    chain_id = excluded.chain_id,
    genesis_hash = excluded.genesis_hash;

-- name: delete
DELETE FROM deployments
WHERE launchpad = ?1;

-- name: all
SELECT launchpad, chain_id, genesis_hash
FROM deployments
ORDER BY launchpad;

-- name: clear
DELETE FROM deployments;
