-- What readers page through, from alerts. Each is bounded.

-- A claim: only one writer makes the row.

-- name: claim
INSERT INTO alerts (reserve, loan, deadline, before_secs, sent_at, status, attempts)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (reserve, loan, deadline, before_secs) DO NOTHING;

-- A claim of one that was claimed before and not sent: only from the attempt the writer saw.

-- name: claim_again
UPDATE alerts
SET sent_at = ?5, attempts = attempts + 1
WHERE reserve = ?1 AND loan = ?2 AND deadline = ?3 AND before_secs = ?4
    AND status = 'claimed' AND attempts = ?6;

-- name: sent
UPDATE alerts
SET sent_at = ?5, status = 'sent'
WHERE reserve = ?1 AND loan = ?2 AND deadline = ?3 AND before_secs = ?4;

-- name: waiting
SELECT reserve, loan, deadline, before_secs, sent_at, status, attempts
FROM alerts
WHERE status = 'claimed' AND (reserve, loan, deadline, before_secs) > (?1, ?2, ?3, ?4)
ORDER BY reserve, loan, deadline, before_secs
LIMIT ?5;
