-- Who may change what about a synthetic.

-- name: get
SELECT governor, synthetic, owner, pending_owner, guardian
FROM governors
WHERE governor = ?1;

-- name: put
INSERT INTO governors (governor, synthetic, owner, pending_owner, guardian)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (governor) DO UPDATE SET
    synthetic = excluded.synthetic,
    owner = excluded.owner,
    pending_owner = excluded.pending_owner,
    guardian = excluded.guardian;

-- name: delete
DELETE FROM governors
WHERE governor = ?1;

-- name: all
SELECT governor, synthetic, owner, pending_owner, guardian
FROM governors
ORDER BY governor;

-- name: clear
DELETE FROM governors;
