-- A price that became unsafe, or a source that did not count.

-- name: get
SELECT block, log_index, time, prices, asset, kind, source, fault, mid
FROM price_faults
WHERE block = ?1 AND log_index = ?2;

-- name: put
INSERT INTO price_faults (block, log_index, time, prices, asset, kind, source, fault, mid)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (block, log_index) DO UPDATE SET
    time = excluded.time,
    prices = excluded.prices,
    asset = excluded.asset,
    kind = excluded.kind,
    source = excluded.source,
    fault = excluded.fault,
    mid = excluded.mid;

-- name: delete
DELETE FROM price_faults
WHERE block = ?1 AND log_index = ?2;

-- name: all
SELECT block, log_index, time, prices, asset, kind, source, fault, mid
FROM price_faults
ORDER BY block, log_index;

-- name: clear
DELETE FROM price_faults;
