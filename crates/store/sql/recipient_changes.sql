-- A change of who shares in a token's fees.

-- name: get
SELECT block, log_index, time, token, recipient_index, account, effective_at
FROM recipient_changes
WHERE block = ?1 AND log_index = ?2;

-- name: put
INSERT INTO recipient_changes (block, log_index, time, token, recipient_index, account, effective_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (block, log_index) DO UPDATE SET
    time = excluded.time,
    token = excluded.token,
    recipient_index = excluded.recipient_index,
    account = excluded.account,
    effective_at = excluded.effective_at;

-- name: delete
DELETE FROM recipient_changes
WHERE block = ?1 AND log_index = ?2;

-- name: all
SELECT block, log_index, time, token, recipient_index, account, effective_at
FROM recipient_changes
ORDER BY block, log_index;

-- name: clear
DELETE FROM recipient_changes;
