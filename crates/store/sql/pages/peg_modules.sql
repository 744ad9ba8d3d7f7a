-- What readers page through, from peg_modules. Each is bounded.

-- name: export
SELECT module, synthetic, custody, cap, entered, exited
FROM peg_modules
WHERE module > ?1
    AND (synthetic = ?2 OR CAST(?3 AS BIGINT) = 0)
ORDER BY module
LIMIT ?4;
