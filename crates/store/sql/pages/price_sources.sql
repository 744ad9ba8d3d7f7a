-- What readers page through, from price_sources. Each is bounded.

-- name: of_prices
SELECT prices, asset, source_index, source, max_age_secs, least, most, gas_most, lockable, observing, fault, fault_mid,
    fault_at, fault_transaction
FROM price_sources
WHERE prices = ?1
ORDER BY asset, source_index
LIMIT 2048;

-- name: of_asset
SELECT prices, asset, source_index, source, max_age_secs, least, most, gas_most, lockable, observing, fault, fault_mid,
    fault_at, fault_transaction
FROM price_sources
WHERE prices = ?1 AND asset = ?2
ORDER BY source_index
LIMIT 8;

-- name: export
SELECT prices, asset, source_index, source, max_age_secs, least, most, gas_most, lockable, observing, fault, fault_mid,
    fault_at, fault_transaction
FROM price_sources
WHERE (prices, asset, source_index) > (?1, ?2, ?3)
    AND (prices = ?4 OR CAST(?5 AS BIGINT) = 0)
ORDER BY prices, asset, source_index
LIMIT ?6;
