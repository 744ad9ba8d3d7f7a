-- What readers page through, from logs. Each is bounded.

-- name: page_of_address_down
SELECT block, log_index, address, topics, data, transaction_hash, block_hash, time
FROM logs
WHERE address = ?1 AND (block, log_index) < (?2, ?3) AND time >= ?4 AND time <= ?5
ORDER BY block DESC, log_index DESC
LIMIT ?6;

-- name: page_of_address_up
SELECT block, log_index, address, topics, data, transaction_hash, block_hash, time
FROM logs
WHERE address = ?1 AND (block, log_index) > (?2, ?3) AND time >= ?4 AND time <= ?5
ORDER BY block, log_index
LIMIT ?6;

-- name: page_after
SELECT block, log_index, address, topics, data, transaction_hash, block_hash, time
FROM logs
WHERE (block, log_index) > (?1, ?2) AND block <= ?3
ORDER BY block, log_index
LIMIT ?4;

-- name: export
SELECT block, log_index, address, topics, data, transaction_hash, block_hash, time
FROM logs
WHERE (block, log_index) > (?1, ?2) AND time >= ?3 AND time <= ?4
ORDER BY block, log_index
LIMIT ?5;
