-- Sums over a reserve's loans.

-- name: get
SELECT reserve, opened, locked, principal
FROM loan_books
WHERE reserve = ?1;

-- name: put
INSERT INTO loan_books (reserve, opened, locked, principal)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (reserve) DO UPDATE SET
    opened = excluded.opened,
    locked = excluded.locked,
    principal = excluded.principal;

-- name: delete
DELETE FROM loan_books
WHERE reserve = ?1;

-- name: all
SELECT reserve, opened, locked, principal
FROM loan_books
ORDER BY reserve;

-- name: clear
DELETE FROM loan_books;
