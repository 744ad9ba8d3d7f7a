-- What readers page through, from heartbeats. Each is bounded.

-- name: recent
SELECT service, beat_at, block, tip, stopped
FROM heartbeats
ORDER BY beat_at DESC, service
LIMIT 16;
