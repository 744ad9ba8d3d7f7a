-- What readers page through, from recipient_changes. Each is bounded.

-- name: page_down
SELECT block, log_index, time, token, recipient_index, account, effective_at
FROM recipient_changes
WHERE token = ?1 AND (block, log_index) < (?2, ?3) AND time >= ?4 AND time <= ?5
ORDER BY block DESC, log_index DESC
LIMIT ?6;
