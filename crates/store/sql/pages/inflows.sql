-- What readers page through, from inflows. Each is bounded.

-- name: of_reserve
SELECT reserve, asset_index, source, amount
FROM inflows
WHERE reserve = ?1
ORDER BY asset_index, source
LIMIT 512;

-- name: export
SELECT reserve, asset_index, source, amount
FROM inflows
WHERE (reserve, asset_index, source) > (?1, ?2, ?3) AND (reserve = ?4 OR CAST(?5 AS BIGINT) = 0)
ORDER BY reserve, asset_index, source
LIMIT ?6;
