-- The state of a fee-token auction, as its contract keeps it.

-- name: get
SELECT converter, token, multiple, set_at, sale, liquidity_tokens, liquidity_assets, last_lot_paid, last_lot_at,
    liquidity_at, sold, burned, recipients
FROM auctions
WHERE converter = ?1;

-- name: put
INSERT INTO auctions (
    converter, token, multiple, set_at, sale, liquidity_tokens, liquidity_assets, last_lot_paid, last_lot_at,
    liquidity_at, sold, burned, recipients
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
ON CONFLICT (converter) DO UPDATE SET
    token = excluded.token,
    multiple = excluded.multiple,
    set_at = excluded.set_at,
    sale = excluded.sale,
    liquidity_tokens = excluded.liquidity_tokens,
    liquidity_assets = excluded.liquidity_assets,
    last_lot_paid = excluded.last_lot_paid,
    last_lot_at = excluded.last_lot_at,
    liquidity_at = excluded.liquidity_at,
    sold = excluded.sold,
    burned = excluded.burned,
    recipients = excluded.recipients;

-- name: delete
DELETE FROM auctions
WHERE converter = ?1;

-- name: all
SELECT converter, token, multiple, set_at, sale, liquidity_tokens, liquidity_assets, last_lot_paid, last_lot_at,
    liquidity_at, sold, burned, recipients
FROM auctions
ORDER BY converter;

-- name: clear
DELETE FROM auctions;
