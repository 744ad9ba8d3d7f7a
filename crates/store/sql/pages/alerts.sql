-- What readers page through, from alerts. Each is bounded.

-- A claim: only one writer makes the row.

-- name: claim
INSERT INTO alerts (reserve, loan, deadline, before_secs, sent_at, status, attempts)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (reserve, loan, deadline, before_secs) DO NOTHING;

-- A claim of one that was claimed before and not sent: only from the attempt that the writer saw.

-- name: claim_again
UPDATE alerts
SET sent_at = ?5, attempts = attempts + 1, status = 'claimed'
WHERE reserve = ?1 AND loan = ?2 AND deadline = ?3 AND before_secs = ?4
    AND status <> 'sent' AND attempts = ?6;

-- The receiver took it, in whichever attempt.

-- name: sent
UPDATE alerts
SET sent_at = ?5, status = 'sent'
WHERE reserve = ?1 AND loan = ?2 AND deadline = ?3 AND before_secs = ?4 AND attempts >= ?6;

-- The receiver did not take this attempt; a later one stands as it is.

-- name: failed
UPDATE alerts
SET sent_at = ?5, status = 'failed'
WHERE reserve = ?1 AND loan = ?2 AND deadline = ?3 AND before_secs = ?4
    AND status = 'claimed' AND attempts = ?6;
