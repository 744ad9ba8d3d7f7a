-- A price as an aggregation stored it.

-- name: get
SELECT block, log_index, time, prices, asset, low, mid, high, median, stepped
FROM price_points
WHERE block = ?1 AND log_index = ?2;

-- name: put
INSERT INTO price_points (block, log_index, time, prices, asset, low, mid, high, median, stepped)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT (block, log_index) DO UPDATE SET
    time = excluded.time,
    prices = excluded.prices,
    asset = excluded.asset,
    low = excluded.low,
    mid = excluded.mid,
    high = excluded.high,
    median = excluded.median,
    stepped = excluded.stepped;

-- name: delete
DELETE FROM price_points
WHERE block = ?1 AND log_index = ?2;

-- name: all
SELECT block, log_index, time, prices, asset, low, mid, high, median, stepped
FROM price_points
ORDER BY block, log_index;

-- name: clear
DELETE FROM price_points;
