-- How many hold a token.

-- name: get
SELECT token, holders, transfers
FROM holder_counts
WHERE token = ?1;

-- name: put
INSERT INTO holder_counts (token, holders, transfers)
VALUES (?1, ?2, ?3)
ON CONFLICT (token) DO UPDATE SET
    holders = excluded.holders,
    transfers = excluded.transfers;

-- name: delete
DELETE FROM holder_counts
WHERE token = ?1;

-- name: all
SELECT token, holders, transfers
FROM holder_counts
ORDER BY token;

-- name: clear
DELETE FROM holder_counts;
