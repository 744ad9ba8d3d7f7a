-- What readers page through, from asset_prices. Each is bounded.

-- name: of_prices
SELECT prices, asset, block, max_age_secs, grace_secs, min_sources, deviation, max_deviation, max_step,
    step_window_secs, low, mid, high, median, updated_at, stepped, is_unsafe, unsafe_since, grace_at
FROM asset_prices
WHERE prices = ?1
ORDER BY asset
LIMIT 256;

-- name: export
SELECT prices, asset, block, max_age_secs, grace_secs, min_sources, deviation, max_deviation, max_step,
    step_window_secs, low, mid, high, median, updated_at, stepped, is_unsafe, unsafe_since, grace_at
FROM asset_prices
WHERE (prices, asset) > (?1, ?2)
    AND (prices = ?3 OR CAST(?4 AS BIGINT) = 0)
ORDER BY prices, asset
LIMIT ?5;
