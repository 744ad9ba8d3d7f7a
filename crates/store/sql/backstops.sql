-- A backstop as its contract keeps it: what drips does so without an event.

-- name: get
SELECT backstop, synthetic, shares, cash, stream_left, stream_since, stream_end, entering, owed
FROM backstops
WHERE backstop = ?1;

-- name: put
INSERT INTO backstops (backstop, synthetic, shares, cash, stream_left, stream_since, stream_end, entering, owed)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (backstop) DO UPDATE SET
    synthetic = excluded.synthetic,
    shares = excluded.shares,
    cash = excluded.cash,
    stream_left = excluded.stream_left,
    stream_since = excluded.stream_since,
    stream_end = excluded.stream_end,
    entering = excluded.entering,
    owed = excluded.owed;

-- name: delete
DELETE FROM backstops
WHERE backstop = ?1;

-- name: all
SELECT backstop, synthetic, shares, cash, stream_left, stream_since, stream_end, entering, owed
FROM backstops
ORDER BY backstop;

-- name: clear
DELETE FROM backstops;
