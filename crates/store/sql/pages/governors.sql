-- What readers page through, from governors. Each is bounded.

-- name: export
SELECT governor, synthetic, owner, pending_owner, guardian
FROM governors
WHERE governor > ?1
    AND (synthetic = ?2 OR CAST(?3 AS BIGINT) = 0)
ORDER BY governor
LIMIT ?4;
