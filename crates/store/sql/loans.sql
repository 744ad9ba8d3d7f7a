-- A loan.

-- name: get
SELECT reserve, loan, token, borrower, collateral, principal, first_collateral, first_principal, deadline_unpaused,
    status, opened, opened_at, changed, changed_at
FROM loans
WHERE reserve = ?1 AND loan = ?2;

-- name: put
INSERT INTO loans (
    reserve, loan, token, borrower, collateral, principal, first_collateral, first_principal, deadline_unpaused,
    status, opened, opened_at, changed, changed_at
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
ON CONFLICT (reserve, loan) DO UPDATE SET
    token = excluded.token,
    borrower = excluded.borrower,
    collateral = excluded.collateral,
    principal = excluded.principal,
    first_collateral = excluded.first_collateral,
    first_principal = excluded.first_principal,
    deadline_unpaused = excluded.deadline_unpaused,
    status = excluded.status,
    opened = excluded.opened,
    opened_at = excluded.opened_at,
    changed = excluded.changed,
    changed_at = excluded.changed_at;

-- name: delete
DELETE FROM loans
WHERE reserve = ?1 AND loan = ?2;

-- name: all
SELECT reserve, loan, token, borrower, collateral, principal, first_collateral, first_principal, deadline_unpaused,
    status, opened, opened_at, changed, changed_at
FROM loans
ORDER BY reserve, loan;

-- name: clear
DELETE FROM loans;
