-- Raw logs of watched contracts, as the chain gave them.

-- name: get
SELECT block, log_index, address, topics, data, transaction_hash, block_hash, time
FROM logs
WHERE block = ?1 AND log_index = ?2;

-- name: put
INSERT INTO logs (block, log_index, address, topics, data, transaction_hash, block_hash, time)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (block, log_index) DO UPDATE SET
    address = excluded.address,
    topics = excluded.topics,
    data = excluded.data,
    transaction_hash = excluded.transaction_hash,
    block_hash = excluded.block_hash,
    time = excluded.time;

-- As put, of rows that are not there.

-- name: add
INSERT INTO logs (block, log_index, address, topics, data, transaction_hash, block_hash, time)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8);

-- Makes room for the logs of the blocks after ?1 up to ?2.

-- name: delete_between
DELETE FROM logs
WHERE block > ?1 AND block <= ?2;

-- name: delete
DELETE FROM logs
WHERE block = ?1 AND log_index = ?2;

-- name: all
SELECT block, log_index, address, topics, data, transaction_hash, block_hash, time
FROM logs
ORDER BY block, log_index;

-- name: clear
DELETE FROM logs;

-- name: delete_after
DELETE FROM logs
WHERE block > ?1;

-- name: between
SELECT block, log_index, address, topics, data, transaction_hash, block_hash, time
FROM logs
WHERE block > ?1 AND block <= ?2
ORDER BY block, log_index;

-- name: of_address
SELECT block, log_index, address, topics, data, transaction_hash, block_hash, time
FROM logs
WHERE address = ?1
ORDER BY block, log_index;

-- The last block of a batch of whole blocks that holds about ?2 logs after block ?1.

-- name: batch_end
SELECT block
FROM logs
WHERE block > ?1
ORDER BY block, log_index
LIMIT 1 OFFSET ?2;

-- name: count
SELECT COUNT(*)
FROM logs;
