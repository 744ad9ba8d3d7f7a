-- The last round that a quorum reported of an asset.

-- name: get
SELECT contract, asset, round, price, confidence, time, reports, block
FROM latest_reports
WHERE contract = ?1 AND asset = ?2;

-- name: put
INSERT INTO latest_reports (contract, asset, round, price, confidence, time, reports, block)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (contract, asset) DO UPDATE SET
    round = excluded.round,
    price = excluded.price,
    confidence = excluded.confidence,
    time = excluded.time,
    reports = excluded.reports,
    block = excluded.block;

-- name: delete
DELETE FROM latest_reports
WHERE contract = ?1 AND asset = ?2;

-- name: all
SELECT contract, asset, round, price, confidence, time, reports, block
FROM latest_reports
ORDER BY contract, asset;

-- name: clear
DELETE FROM latest_reports;
