-- The floors of one hour or one day.

-- name: get
SELECT token, period_secs, starts, block, opens, closes
FROM floor_periods
WHERE token = ?1 AND period_secs = ?2 AND starts = ?3;

-- name: put
INSERT INTO floor_periods (token, period_secs, starts, block, opens, closes)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (token, period_secs, starts) DO UPDATE SET
    block = excluded.block,
    opens = excluded.opens,
    closes = excluded.closes;

-- name: delete
DELETE FROM floor_periods
WHERE token = ?1 AND period_secs = ?2 AND starts = ?3;

-- name: all
SELECT token, period_secs, starts, block, opens, closes
FROM floor_periods
ORDER BY token, period_secs, starts;

-- name: clear
DELETE FROM floor_periods;
