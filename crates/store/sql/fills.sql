-- A fill of the fee-token auction.

-- name: get
SELECT block, log_index, time, token, converter, bidder, recipient, tokens, multiple, paid
FROM fills
WHERE block = ?1 AND log_index = ?2;

-- name: put
INSERT INTO fills (block, log_index, time, token, converter, bidder, recipient, tokens, multiple, paid)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT (block, log_index) DO UPDATE SET
    time = excluded.time,
    token = excluded.token,
    converter = excluded.converter,
    bidder = excluded.bidder,
    recipient = excluded.recipient,
    tokens = excluded.tokens,
    multiple = excluded.multiple,
    paid = excluded.paid;

-- name: delete
DELETE FROM fills
WHERE block = ?1 AND log_index = ?2;

-- name: all
SELECT block, log_index, time, token, converter, bidder, recipient, tokens, multiple, paid
FROM fills
ORDER BY block, log_index;

-- name: clear
DELETE FROM fills;

-- name: of_converter
SELECT block, log_index, time, token, converter, bidder, recipient, tokens, multiple, paid
FROM fills
WHERE converter = ?1
ORDER BY block, log_index
LIMIT ?2;
