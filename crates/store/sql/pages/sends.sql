-- What readers page through, from sends. Each is bounded.

-- name: page_down
SELECT address, id, service, label, target, data, value_wei, gas, valid_until, max_fee_wei, private, urgent,
    state, ending, nonce, placed, created_at, final_at, hash, block, block_hash, mined_at, gas_used, fee_wei,
    error, revert_data
FROM sends
WHERE (placed, address, id) < (?1, ?2, ?3) AND (service = ?4 OR CAST(?5 AS BIGINT) = 0)
    AND (state = ?6 OR CAST(?7 AS BIGINT) = 0)
ORDER BY placed DESC, address DESC, id DESC
LIMIT ?8;
