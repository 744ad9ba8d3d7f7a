-- What came to a reserve from one source in one hour or one day.

-- name: get
SELECT reserve, asset_index, source, period_secs, starts, amount
FROM inflow_periods
WHERE reserve = ?1 AND asset_index = ?2 AND source = ?3 AND period_secs = ?4 AND starts = ?5;

-- name: put
INSERT INTO inflow_periods (reserve, asset_index, source, period_secs, starts, amount)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (reserve, asset_index, source, period_secs, starts) DO UPDATE SET
    amount = excluded.amount;

-- name: delete
DELETE FROM inflow_periods
WHERE reserve = ?1 AND asset_index = ?2 AND source = ?3 AND period_secs = ?4 AND starts = ?5;

-- name: all
SELECT reserve, asset_index, source, period_secs, starts, amount
FROM inflow_periods
ORDER BY reserve, asset_index, source, period_secs, starts;

-- name: clear
DELETE FROM inflow_periods;
