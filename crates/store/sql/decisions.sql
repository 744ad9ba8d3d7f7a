-- What a keeper thought of a subject last, and why.

-- name: get
SELECT keeper, subject, strategy, action, reason, block, time, profit
FROM decisions
WHERE keeper = ?1 AND subject = ?2;

-- name: put
INSERT INTO decisions (keeper, subject, strategy, action, reason, block, time, profit)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (keeper, subject) DO UPDATE SET
    strategy = excluded.strategy,
    action = excluded.action,
    reason = excluded.reason,
    block = excluded.block,
    time = excluded.time,
    profit = excluded.profit;

-- name: delete
DELETE FROM decisions
WHERE keeper = ?1 AND subject = ?2;

-- name: all
SELECT keeper, subject, strategy, action, reason, block, time, profit
FROM decisions
ORDER BY keeper, subject;

-- name: clear
DELETE FROM decisions;

-- name: of_keeper
SELECT keeper, subject, strategy, action, reason, block, time, profit
FROM decisions
WHERE keeper = ?1
ORDER BY subject;
