-- What readers page through, from loans. Each is bounded.

-- name: page_by_deadline
SELECT reserve, loan, token, borrower, collateral, principal, first_collateral, first_principal, deadline_unpaused, status, opened, opened_at, changed, changed_at
FROM loans
WHERE token = ?1 AND status = ?2 AND (deadline_unpaused, loan) > (?3, ?4)
    AND (borrower = ?5 OR CAST(?6 AS BIGINT) = 0)
ORDER BY deadline_unpaused, loan
LIMIT ?7;

-- name: page_by_size
SELECT reserve, loan, token, borrower, collateral, principal, first_collateral, first_principal, deadline_unpaused, status, opened, opened_at, changed, changed_at
FROM loans
WHERE token = ?1 AND status = ?2 AND (collateral, loan) < (?3, ?4)
    AND (borrower = ?5 OR CAST(?6 AS BIGINT) = 0)
ORDER BY collateral DESC, loan DESC
LIMIT ?7;

-- name: page_by_opened
SELECT reserve, loan, token, borrower, collateral, principal, first_collateral, first_principal, deadline_unpaused, status, opened, opened_at, changed, changed_at
FROM loans
WHERE token = ?1 AND status = ?2 AND (opened_at, loan) < (?3, ?4)
    AND (borrower = ?5 OR CAST(?6 AS BIGINT) = 0)
ORDER BY opened_at DESC, loan DESC
LIMIT ?7;

-- name: page_open
SELECT reserve, loan, token, borrower, collateral, principal, first_collateral, first_principal, deadline_unpaused, status, opened, opened_at, changed, changed_at
FROM loans
WHERE status = 'open' AND (deadline_unpaused, reserve, loan) > (?1, ?2, ?3) AND deadline_unpaused <= ?4
ORDER BY deadline_unpaused, reserve, loan
LIMIT ?5;

-- name: page_of_borrower
SELECT reserve, loan, token, borrower, collateral, principal, first_collateral, first_principal, deadline_unpaused, status, opened, opened_at, changed, changed_at
FROM loans
WHERE borrower = ?1 AND (deadline_unpaused, reserve, loan) > (?2, ?3, ?4)
ORDER BY deadline_unpaused, reserve, loan
LIMIT ?5;

-- name: count_open
SELECT COUNT(*)
FROM loans
WHERE token = ?1 AND status = 'open';

-- name: counts_open
SELECT token, COUNT(*)
FROM loans
WHERE status = 'open'
GROUP BY token;

-- name: export
SELECT reserve, loan, token, borrower, collateral, principal, first_collateral, first_principal, deadline_unpaused, status, opened, opened_at, changed, changed_at
FROM loans
WHERE (reserve, loan) > (?1, ?2) AND opened_at >= ?3 AND opened_at <= ?4
    AND (token = ?5 OR CAST(?6 AS BIGINT) = 0)
ORDER BY reserve, loan
LIMIT ?7;
