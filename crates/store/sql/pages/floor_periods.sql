-- What readers page through, from floor_periods. Each is bounded.

-- name: page_down
SELECT token, period_secs, starts, block, opens, closes
FROM floor_periods
WHERE token = ?1 AND period_secs = ?2 AND starts >= ?3 AND starts <= ?4
ORDER BY starts DESC
LIMIT ?5;

-- name: before
SELECT token, period_secs, starts, block, opens, closes
FROM floor_periods
WHERE token = ?1 AND period_secs = ?2 AND starts < ?3
ORDER BY starts DESC
LIMIT 1;

-- name: export
SELECT token, period_secs, starts, block, opens, closes
FROM floor_periods
WHERE (token, period_secs, starts) > (?1, ?2, ?3) AND period_secs = ?2 AND starts >= ?4 AND starts <= ?5
    AND (token = ?6 OR CAST(?7 AS BIGINT) = 0)
ORDER BY token, period_secs, starts
LIMIT ?8;
