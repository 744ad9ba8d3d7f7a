-- A source of a price, with why it did not count when last it did not.

-- name: get
SELECT prices, asset, source_index, source, max_age_secs, least, most, gas_most, lockable, observing, fault, fault_mid,
    fault_at, fault_transaction
FROM price_sources
WHERE prices = ?1 AND asset = ?2 AND source_index = ?3;

-- name: put
INSERT INTO price_sources (
    prices, asset, source_index, source, max_age_secs, least, most, gas_most, lockable, observing, fault,
    fault_mid, fault_at, fault_transaction
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
ON CONFLICT (prices, asset, source_index) DO UPDATE SET
    source = excluded.source,
    max_age_secs = excluded.max_age_secs,
    least = excluded.least,
    most = excluded.most,
    gas_most = excluded.gas_most,
    lockable = excluded.lockable,
    observing = excluded.observing,
    fault = excluded.fault,
    fault_mid = excluded.fault_mid,
    fault_at = excluded.fault_at,
    fault_transaction = excluded.fault_transaction;

-- name: delete
DELETE FROM price_sources
WHERE prices = ?1 AND asset = ?2 AND source_index = ?3;

-- name: all
SELECT prices, asset, source_index, source, max_age_secs, least, most, gas_most, lockable, observing, fault, fault_mid,
    fault_at, fault_transaction
FROM price_sources
ORDER BY prices, asset, source_index;

-- name: clear
DELETE FROM price_sources;
