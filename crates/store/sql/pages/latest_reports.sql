-- What readers page through, from latest_reports. Each is bounded.

-- name: export
SELECT contract, asset, round, price, confidence, time, reports, block
FROM latest_reports
WHERE (contract, asset) > (?1, ?2)
ORDER BY contract, asset
LIMIT ?3;
