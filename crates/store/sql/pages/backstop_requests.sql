-- What readers page through, from backstop_requests. Each is bounded.

-- name: page_down
SELECT backstop, epoch, owner, entering, exiting, exit_claimed
FROM backstop_requests
WHERE backstop = ?1 AND (epoch, owner) < (?2, ?3) AND (owner = ?4 OR CAST(?5 AS BIGINT) = 0)
ORDER BY epoch DESC, owner DESC
LIMIT ?6;

-- name: export
SELECT backstop, epoch, owner, entering, exiting, exit_claimed
FROM backstop_requests
WHERE (backstop, epoch, owner) > (?1, ?2, ?3)
    AND (backstop = ?4 OR CAST(?5 AS BIGINT) = 0)
ORDER BY backstop, epoch, owner
LIMIT ?6;
