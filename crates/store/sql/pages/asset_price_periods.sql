-- What readers page through, from asset_price_periods. Each is bounded.

-- name: page_down
SELECT prices, asset, period_secs, starts, block, open, high, low, close, lowest, highest, median, stepped, pokes
FROM asset_price_periods
WHERE prices = ?1 AND asset = ?2 AND period_secs = ?3 AND starts >= ?4 AND starts <= ?5
ORDER BY starts DESC
LIMIT ?6;

-- name: export
SELECT prices, asset, period_secs, starts, block, open, high, low, close, lowest, highest, median, stepped, pokes
FROM asset_price_periods
WHERE (prices, asset, period_secs, starts) > (?1, ?2, ?3, ?4) AND period_secs = ?3 AND starts >= ?5 AND starts <= ?6
    AND (prices = ?7 OR CAST(?8 AS BIGINT) = 0)
ORDER BY prices, asset, period_secs, starts
LIMIT ?9;
