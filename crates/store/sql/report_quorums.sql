-- Who may sign reports, and how many it takes.

-- name: get
SELECT contract, quorum, signers, block
FROM report_quorums
WHERE contract = ?1;

-- name: put
INSERT INTO report_quorums (contract, quorum, signers, block)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (contract) DO UPDATE SET
    quorum = excluded.quorum,
    signers = excluded.signers,
    block = excluded.block;

-- name: delete
DELETE FROM report_quorums
WHERE contract = ?1;

-- name: all
SELECT contract, quorum, signers, block
FROM report_quorums
ORDER BY contract;

-- name: clear
DELETE FROM report_quorums;
