-- What an account asked of a backstop in one epoch.

-- name: get
SELECT backstop, epoch, owner, entering, exiting, exit_claimed
FROM backstop_requests
WHERE backstop = ?1 AND epoch = ?2 AND owner = ?3;

-- name: put
INSERT INTO backstop_requests (backstop, epoch, owner, entering, exiting, exit_claimed)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (backstop, epoch, owner) DO UPDATE SET
    entering = excluded.entering,
    exiting = excluded.exiting,
    exit_claimed = excluded.exit_claimed;

-- name: delete
DELETE FROM backstop_requests
WHERE backstop = ?1 AND epoch = ?2 AND owner = ?3;

-- name: all
SELECT backstop, epoch, owner, entering, exiting, exit_claimed
FROM backstop_requests
ORDER BY backstop, epoch, owner;

-- name: clear
DELETE FROM backstop_requests;
