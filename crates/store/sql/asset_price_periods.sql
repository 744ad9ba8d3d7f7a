-- The prices of one hour or one day.

-- name: get
SELECT prices, asset, period_secs, starts, block, open, high, low, close, lowest, highest, median, stepped, pokes
FROM asset_price_periods
WHERE prices = ?1 AND asset = ?2 AND period_secs = ?3 AND starts = ?4;

-- name: put
INSERT INTO asset_price_periods (
    prices, asset, period_secs, starts, block, open, high, low, close, lowest, highest, median, stepped, pokes
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
ON CONFLICT (prices, asset, period_secs, starts) DO UPDATE SET
    block = excluded.block,
    open = excluded.open,
    high = excluded.high,
    low = excluded.low,
    close = excluded.close,
    lowest = excluded.lowest,
    highest = excluded.highest,
    median = excluded.median,
    stepped = excluded.stepped,
    pokes = excluded.pokes;

-- name: delete
DELETE FROM asset_price_periods
WHERE prices = ?1 AND asset = ?2 AND period_secs = ?3 AND starts = ?4;

-- name: all
SELECT prices, asset, period_secs, starts, block, open, high, low, close, lowest, highest, median, stepped, pokes
FROM asset_price_periods
ORDER BY prices, asset, period_secs, starts;

-- name: clear
DELETE FROM asset_price_periods;
