-- The prices and trades of one hour or one day.

-- name: get
SELECT token, period_secs, starts, block, open, high, low, close, volume_tokens, volume_assets, trades
FROM price_periods
WHERE token = ?1 AND period_secs = ?2 AND starts = ?3;

-- name: put
INSERT INTO price_periods (
    token, period_secs, starts, block, open, high, low, close, volume_tokens, volume_assets, trades
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
ON CONFLICT (token, period_secs, starts) DO UPDATE SET
    block = excluded.block,
    open = excluded.open,
    high = excluded.high,
    low = excluded.low,
    close = excluded.close,
    volume_tokens = excluded.volume_tokens,
    volume_assets = excluded.volume_assets,
    trades = excluded.trades;

-- name: delete
DELETE FROM price_periods
WHERE token = ?1 AND period_secs = ?2 AND starts = ?3;

-- name: all
SELECT token, period_secs, starts, block, open, high, low, close, volume_tokens, volume_assets, trades
FROM price_periods
ORDER BY token, period_secs, starts;

-- name: clear
DELETE FROM price_periods;
