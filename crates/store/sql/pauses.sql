-- The last pause of a reserve, as its contract keeps it, in seconds since launch.

-- name: get
SELECT reserve, pause_start, pause_end, paused_before
FROM pauses
WHERE reserve = ?1;

-- name: put
INSERT INTO pauses (reserve, pause_start, pause_end, paused_before)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (reserve) DO UPDATE SET
    pause_start = excluded.pause_start,
    pause_end = excluded.pause_end,
    paused_before = excluded.paused_before;

-- name: delete
DELETE FROM pauses
WHERE reserve = ?1;

-- name: all
SELECT reserve, pause_start, pause_end, paused_before
FROM pauses
ORDER BY reserve;

-- name: clear
DELETE FROM pauses;
