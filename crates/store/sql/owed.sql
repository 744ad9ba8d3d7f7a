-- What a converter owes to an account.

-- name: get
SELECT converter, account, asset_index, amount
FROM owed
WHERE converter = ?1 AND account = ?2 AND asset_index = ?3;

-- name: put
INSERT INTO owed (converter, account, asset_index, amount)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (converter, account, asset_index) DO UPDATE SET
    amount = excluded.amount;

-- name: delete
DELETE FROM owed
WHERE converter = ?1 AND account = ?2 AND asset_index = ?3;

-- name: all
SELECT converter, account, asset_index, amount
FROM owed
ORDER BY converter, account, asset_index;

-- name: clear
DELETE FROM owed;
