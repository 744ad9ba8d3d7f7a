-- Rows as they were before a block, for taking that block back.

-- name: get
SELECT projection, block, sequence, record, row_key, row_before
FROM undo
WHERE projection = ?1 AND block = ?2 AND sequence = ?3;

-- name: put
INSERT INTO undo (projection, block, sequence, record, row_key, row_before)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (projection, block, sequence) DO UPDATE SET
    record = excluded.record,
    row_key = excluded.row_key,
    row_before = excluded.row_before;

-- As put, of rows that are not there.

-- name: add
INSERT INTO undo (projection, block, sequence, record, row_key, row_before)
VALUES (?1, ?2, ?3, ?4, ?5, ?6);

-- name: delete
DELETE FROM undo
WHERE projection = ?1 AND block = ?2 AND sequence = ?3;

-- name: all
SELECT projection, block, sequence, record, row_key, row_before
FROM undo
ORDER BY projection, block, sequence;

-- name: clear
DELETE FROM undo;

-- name: after
SELECT projection, block, sequence, record, row_key, row_before
FROM undo
WHERE projection = ?1 AND block > ?2
ORDER BY block DESC, sequence DESC;

-- name: delete_after
DELETE FROM undo
WHERE projection = ?1 AND block > ?2;

-- name: delete_before
DELETE FROM undo
WHERE block < ?1;
