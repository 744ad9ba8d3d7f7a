-- What oracle nodes signed.

-- name: get
SELECT chain_id, quorum, signer, asset, round, price, confidence, time, signature
FROM signed_reports
WHERE chain_id = ?1 AND quorum = ?2 AND signer = ?3 AND asset = ?4 AND round = ?5;

-- name: put
INSERT INTO signed_reports (chain_id, quorum, signer, asset, round, price, confidence, time, signature)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (chain_id, quorum, signer, asset, round) DO UPDATE SET
    price = excluded.price,
    confidence = excluded.confidence,
    time = excluded.time,
    signature = excluded.signature;

-- The first for a round stays the only one.

-- name: claim
INSERT INTO signed_reports (chain_id, quorum, signer, asset, round, price, confidence, time, signature)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (chain_id, quorum, signer, asset, round) DO NOTHING;

-- The newest round that was signed.

-- name: newest
SELECT chain_id, quorum, signer, asset, round, price, confidence, time, signature
FROM signed_reports
WHERE chain_id = ?1 AND quorum = ?2 AND signer = ?3 AND asset = ?4
ORDER BY round DESC
LIMIT 1;

-- Rounds that no contract takes any more, the newest one never among them.

-- name: delete_before
DELETE FROM signed_reports
WHERE chain_id = ?1 AND quorum = ?2 AND signer = ?3 AND asset = ?4 AND round < ?5;

-- name: delete
DELETE FROM signed_reports
WHERE chain_id = ?1 AND quorum = ?2 AND signer = ?3 AND asset = ?4 AND round = ?5;

-- name: all
SELECT chain_id, quorum, signer, asset, round, price, confidence, time, signature
FROM signed_reports
ORDER BY chain_id, quorum, signer, asset, round;

-- name: clear
DELETE FROM signed_reports;
