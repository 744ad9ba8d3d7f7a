-- What a source of prices is, read from the chain once.

-- name: get
SELECT source, kind, behind
FROM source_facts
WHERE source = ?1;

-- name: put
INSERT INTO source_facts (source, kind, behind)
VALUES (?1, ?2, ?3)
ON CONFLICT (source) DO UPDATE SET
    kind = excluded.kind,
    behind = excluded.behind;

-- name: delete
DELETE FROM source_facts
WHERE source = ?1;

-- name: all
SELECT source, kind, behind
FROM source_facts
ORDER BY source;

-- name: clear
DELETE FROM source_facts;
