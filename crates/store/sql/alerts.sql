-- A warning before a loan's deadline, noted before it is sent so that it is sent once.

-- name: get
SELECT reserve, loan, deadline, before_secs, sent_at, status, attempts
FROM alerts
WHERE reserve = ?1 AND loan = ?2 AND deadline = ?3 AND before_secs = ?4;

-- name: put
INSERT INTO alerts (reserve, loan, deadline, before_secs, sent_at, status, attempts)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (reserve, loan, deadline, before_secs) DO UPDATE SET
    sent_at = excluded.sent_at,
    status = excluded.status,
    attempts = excluded.attempts;

-- name: delete
DELETE FROM alerts
WHERE reserve = ?1 AND loan = ?2 AND deadline = ?3 AND before_secs = ?4;

-- name: all
SELECT reserve, loan, deadline, before_secs, sent_at, status, attempts
FROM alerts
ORDER BY reserve, loan, deadline, before_secs;

-- name: clear
DELETE FROM alerts;
