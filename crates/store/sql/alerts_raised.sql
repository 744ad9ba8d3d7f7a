-- What a person should know, each told once.

-- name: get
SELECT id, service, raised_at, kind, text, delivered_at
FROM alerts_raised
WHERE id = ?1;

-- name: put
INSERT INTO alerts_raised (id, service, raised_at, kind, text, delivered_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (id) DO UPDATE SET
    service = excluded.service,
    raised_at = excluded.raised_at,
    kind = excluded.kind,
    text = excluded.text,
    delivered_at = excluded.delivered_at;

-- name: delete
DELETE FROM alerts_raised
WHERE id = ?1;

-- name: all
SELECT id, service, raised_at, kind, text, delivered_at
FROM alerts_raised
ORDER BY raised_at, id;

-- name: clear
DELETE FROM alerts_raised;

-- Told once: a second one of the same key changes nothing.

-- name: raise
INSERT INTO alerts_raised (id, service, raised_at, kind, text, delivered_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (id) DO NOTHING;

-- name: undelivered
SELECT id, service, raised_at, kind, text, delivered_at
FROM alerts_raised
WHERE service = ?1 AND delivered_at IS NULL
ORDER BY raised_at, id
LIMIT ?2;

-- name: delivered
UPDATE alerts_raised
SET delivered_at = ?2
WHERE id = ?1 AND delivered_at IS NULL;
