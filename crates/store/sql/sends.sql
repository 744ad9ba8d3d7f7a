-- What services want on the chain, each once, and what became of it.

-- name: get
SELECT address, id, service, label, target, data, value_wei, gas, valid_until, max_fee_wei, private, urgent,
    state, ending, nonce, placed, created_at, final_at, hash, block, block_hash, mined_at, gas_used, fee_wei,
    error, revert_data
FROM sends
WHERE address = ?1 AND id = ?2;

-- name: put
INSERT INTO sends (address, id, service, label, target, data, value_wei, gas, valid_until, max_fee_wei, private, urgent,
    state, ending, nonce, placed, created_at, final_at, hash, block, block_hash, mined_at, gas_used, fee_wei,
    error, revert_data)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
    ?23, ?24, ?25, ?26)
ON CONFLICT (address, id) DO UPDATE SET
    service = excluded.service,
    label = excluded.label,
    target = excluded.target,
    data = excluded.data,
    value_wei = excluded.value_wei,
    gas = excluded.gas,
    valid_until = excluded.valid_until,
    max_fee_wei = excluded.max_fee_wei,
    private = excluded.private,
    urgent = excluded.urgent,
    state = excluded.state,
    ending = excluded.ending,
    nonce = excluded.nonce,
    placed = excluded.placed,
    created_at = excluded.created_at,
    final_at = excluded.final_at,
    hash = excluded.hash,
    block = excluded.block,
    block_hash = excluded.block_hash,
    mined_at = excluded.mined_at,
    gas_used = excluded.gas_used,
    fee_wei = excluded.fee_wei,
    error = excluded.error,
    revert_data = excluded.revert_data;

-- name: delete
DELETE FROM sends
WHERE address = ?1 AND id = ?2;

-- name: all
SELECT address, id, service, label, target, data, value_wei, gas, valid_until, max_fee_wei, private, urgent,
    state, ending, nonce, placed, created_at, final_at, hash, block, block_hash, mined_at, gas_used, fee_wei,
    error, revert_data
FROM sends
ORDER BY address, placed, id;

-- name: clear
DELETE FROM sends;

-- Only the first of a key counts.

-- name: enqueue
INSERT INTO sends (address, id, service, label, target, data, value_wei, gas, valid_until, max_fee_wei, private, urgent,
    state, ending, nonce, placed, created_at, final_at, hash, block, block_hash, mined_at, gas_used, fee_wei,
    error, revert_data)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
    ?23, ?24, ?25, ?26)
ON CONFLICT (address, id) DO NOTHING;

-- name: open
SELECT address, id, service, label, target, data, value_wei, gas, valid_until, max_fee_wei, private, urgent,
    state, ending, nonce, placed, created_at, final_at, hash, block, block_hash, mined_at, gas_used, fee_wei,
    error, revert_data
FROM sends
WHERE address = ?1 AND final_at IS NULL
ORDER BY urgent DESC, placed, id;

-- name: open_count
SELECT COUNT(*)
FROM sends
WHERE address = ?1 AND final_at IS NULL;

-- name: last_placed
SELECT COALESCE(MAX(placed), 0)
FROM sends
WHERE address = ?1;

-- Those that are final at a nonce which the chain does not count as used.

-- name: final_from_nonce
SELECT address, id, service, label, target, data, value_wei, gas, valid_until, max_fee_wei, private, urgent,
    state, ending, nonce, placed, created_at, final_at, hash, block, block_hash, mined_at, gas_used, fee_wei,
    error, revert_data
FROM sends
WHERE address = ?1 AND nonce >= ?2 AND final_at IS NOT NULL
ORDER BY nonce;

-- name: mined_since
SELECT address, id, service, label, target, data, value_wei, gas, valid_until, max_fee_wei, private, urgent,
    state, ending, nonce, placed, created_at, final_at, hash, block, block_hash, mined_at, gas_used, fee_wei,
    error, revert_data
FROM sends
WHERE address = ?1 AND mined_at >= ?2
ORDER BY mined_at, placed;

-- name: sign
UPDATE sends
SET state = 'pending', nonce = ?3
WHERE address = ?1 AND id = ?2 AND state = 'wanted' AND nonce IS NULL AND final_at IS NULL;

-- A reason to end it, unless there is one already.

-- name: end
UPDATE sends
SET ending = ?3, error = ?4
WHERE address = ?1 AND id = ?2 AND final_at IS NULL AND ending IS NULL;

-- name: include
UPDATE sends
SET hash = ?3, block = ?4, block_hash = ?5, mined_at = ?6, gas_used = ?7, fee_wei = ?8
WHERE address = ?1 AND id = ?2;

-- The chain took its inclusion back.

-- name: take_back
UPDATE sends
SET state = 'pending', final_at = NULL, hash = NULL, block = NULL, block_hash = NULL, mined_at = NULL,
    gas_used = NULL, fee_wei = NULL, revert_data = NULL
WHERE address = ?1 AND id = ?2 AND nonce IS NOT NULL;

-- Somebody else used its nonce for good.

-- name: free_nonce
UPDATE sends
SET state = 'wanted', nonce = NULL
WHERE address = ?1 AND id = ?2 AND nonce = ?3 AND final_at IS NULL;

-- name: finish
UPDATE sends
SET state = ?3, final_at = ?4, error = ?5, revert_data = ?6
WHERE address = ?1 AND id = ?2 AND final_at IS NULL;

-- The same, only as long as nothing of it was signed.

-- name: finish_unsigned
UPDATE sends
SET state = ?3, final_at = ?4, error = ?5
WHERE address = ?1 AND id = ?2 AND final_at IS NULL AND nonce IS NULL;

-- How many are in each state, by service.

-- name: count_by_state
SELECT service, address, state, COUNT(*)
FROM sends
GROUP BY service, address, state
ORDER BY service, address, state;
