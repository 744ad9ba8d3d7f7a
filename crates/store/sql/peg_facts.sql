-- What never changes of a peg module, read from the chain once.

-- name: get
SELECT module, custody_token, par, fee_in, fee_out, cap_max
FROM peg_facts
WHERE module = ?1;

-- name: put
INSERT INTO peg_facts (module, custody_token, par, fee_in, fee_out, cap_max)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (module) DO UPDATE SET
    custody_token = excluded.custody_token,
    par = excluded.par,
    fee_in = excluded.fee_in,
    fee_out = excluded.fee_out,
    cap_max = excluded.cap_max;

-- name: delete
DELETE FROM peg_facts
WHERE module = ?1;

-- name: all
SELECT module, custody_token, par, fee_in, fee_out, cap_max
FROM peg_facts
ORDER BY module;

-- name: clear
DELETE FROM peg_facts;
