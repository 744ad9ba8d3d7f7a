-- Every loan ever opened.

-- name: get
SELECT reserve, loan, borrower, collateral, principal, deadline, status, opened, changed
FROM loans
WHERE reserve = ?1 AND loan = ?2;

-- name: put
INSERT INTO loans (reserve, loan, borrower, collateral, principal, deadline, status, opened, changed)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (reserve, loan) DO UPDATE SET
    borrower = excluded.borrower,
    collateral = excluded.collateral,
    principal = excluded.principal,
    deadline = excluded.deadline,
    status = excluded.status,
    opened = excluded.opened,
    changed = excluded.changed;

-- name: delete
DELETE FROM loans
WHERE reserve = ?1 AND loan = ?2;

-- name: all
SELECT reserve, loan, borrower, collateral, principal, deadline, status, opened, changed
FROM loans
ORDER BY reserve, loan;

-- name: clear
DELETE FROM loans;
