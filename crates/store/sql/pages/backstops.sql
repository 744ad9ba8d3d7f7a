-- What readers page through, from backstops. Each is bounded.

-- name: export
SELECT backstop, synthetic, shares, cash, stream_left, stream_since, stream_end, entering, owed
FROM backstops
WHERE backstop > ?1
    AND (synthetic = ?2 OR CAST(?3 AS BIGINT) = 0)
ORDER BY backstop
LIMIT ?4;
