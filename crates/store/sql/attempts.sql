-- Every transaction that was signed for a send, before it was sent.

-- name: get
SELECT hash, address, send, number, nonce, raw, gas, max_fee_wei, priority_fee_wei, empty, block, made_at,
    sent_at, route
FROM attempts
WHERE hash = ?1;

-- name: put
INSERT INTO attempts (hash, address, send, number, nonce, raw, gas, max_fee_wei, priority_fee_wei, empty, block, made_at,
    sent_at, route)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
ON CONFLICT (hash) DO UPDATE SET
    address = excluded.address,
    send = excluded.send,
    number = excluded.number,
    nonce = excluded.nonce,
    raw = excluded.raw,
    gas = excluded.gas,
    max_fee_wei = excluded.max_fee_wei,
    priority_fee_wei = excluded.priority_fee_wei,
    empty = excluded.empty,
    block = excluded.block,
    made_at = excluded.made_at,
    sent_at = excluded.sent_at,
    route = excluded.route;

-- name: delete
DELETE FROM attempts
WHERE hash = ?1;

-- name: all
SELECT hash, address, send, number, nonce, raw, gas, max_fee_wei, priority_fee_wei, empty, block, made_at,
    sent_at, route
FROM attempts
ORDER BY address, send, number;

-- name: clear
DELETE FROM attempts;

-- Those of every send that is not final.

-- name: of_open
SELECT attempts.hash, attempts.address, attempts.send, attempts.number, attempts.nonce, attempts.raw,
    attempts.gas, attempts.max_fee_wei, attempts.priority_fee_wei, attempts.empty, attempts.block,
    attempts.made_at, attempts.sent_at, attempts.route
FROM attempts
JOIN sends ON sends.address = attempts.address AND sends.id = attempts.send
WHERE attempts.address = ?1 AND sends.final_at IS NULL
ORDER BY attempts.send, attempts.number;

-- name: of_send
SELECT hash, address, send, number, nonce, raw, gas, max_fee_wei, priority_fee_wei, empty, block, made_at,
    sent_at, route
FROM attempts
WHERE address = ?1 AND send = ?2
ORDER BY number;

-- An endpoint took it.

-- name: sent
UPDATE attempts
SET sent_at = ?2, route = ?3
WHERE hash = ?1;
