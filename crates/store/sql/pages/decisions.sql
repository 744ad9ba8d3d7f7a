-- What readers page through, from decisions. Each is bounded.

-- name: page_down
SELECT keeper, subject, strategy, action, reason, block, time, profit
FROM decisions
WHERE (time, keeper, subject) < (?1, ?2, ?3) AND (keeper = ?4 OR CAST(?5 AS BIGINT) = 0)
    AND (subject = ?6 OR CAST(?7 AS BIGINT) = 0)
ORDER BY time DESC, keeper DESC, subject DESC
LIMIT ?8;
