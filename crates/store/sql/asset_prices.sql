-- A price as its aggregator keeps it, with how it is agreed on.

-- name: get
SELECT prices, asset, block, max_age_secs, grace_secs, min_sources, deviation, max_deviation, max_step,
    step_window_secs, low, mid, high, median, updated_at, stepped, is_unsafe, unsafe_since, grace_at
FROM asset_prices
WHERE prices = ?1 AND asset = ?2;

-- name: put
INSERT INTO asset_prices (
    prices, asset, block, max_age_secs, grace_secs, min_sources, deviation, max_deviation, max_step,
    step_window_secs, low, mid, high, median, updated_at, stepped, is_unsafe, unsafe_since, grace_at
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)
ON CONFLICT (prices, asset) DO UPDATE SET
    block = excluded.block,
    max_age_secs = excluded.max_age_secs,
    grace_secs = excluded.grace_secs,
    min_sources = excluded.min_sources,
    deviation = excluded.deviation,
    max_deviation = excluded.max_deviation,
    max_step = excluded.max_step,
    step_window_secs = excluded.step_window_secs,
    low = excluded.low,
    mid = excluded.mid,
    high = excluded.high,
    median = excluded.median,
    updated_at = excluded.updated_at,
    stepped = excluded.stepped,
    is_unsafe = excluded.is_unsafe,
    unsafe_since = excluded.unsafe_since,
    grace_at = excluded.grace_at;

-- name: delete
DELETE FROM asset_prices
WHERE prices = ?1 AND asset = ?2;

-- name: all
SELECT prices, asset, block, max_age_secs, grace_secs, min_sources, deviation, max_deviation, max_step,
    step_window_secs, low, mid, high, median, updated_at, stepped, is_unsafe, unsafe_since, grace_at
FROM asset_prices
ORDER BY prices, asset;

-- name: clear
DELETE FROM asset_prices;
