-- What readers page through, from inflow_periods. Each is bounded.

-- name: page_down
SELECT reserve, asset_index, source, period_secs, starts, amount
FROM inflow_periods
WHERE reserve = ?1 AND asset_index = ?2 AND source = ?3 AND period_secs = ?4 AND starts >= ?5 AND starts <= ?6
ORDER BY starts DESC
LIMIT ?7;

-- name: export
SELECT reserve, asset_index, source, period_secs, starts, amount
FROM inflow_periods
WHERE (reserve, asset_index, source, period_secs, starts) > (?1, ?2, ?3, ?4, ?5) AND period_secs = ?4
    AND starts >= ?6 AND starts <= ?7 AND (reserve = ?8 OR CAST(?9 AS BIGINT) = 0)
ORDER BY reserve, asset_index, source, period_secs, starts
LIMIT ?10;
