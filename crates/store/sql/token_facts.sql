-- What a launch fixed for ever, read from the chain once.

-- name: get
SELECT token, block, name, symbol, genesis, redeemable, redeem_fee_bps, ltv_bps, term_fee_bps, flash_fee_bps,
    term_secs, grace_secs, drip_secs, lot, start_multiple, max_buy_bps, max_sell_bps, buy_bps, sell_bps,
    reserve_bps, burn_bps, liquidity_bps, recipients, recipient_bps, launch_supply, token_is_first, lock_until,
    fees_known
FROM token_facts
WHERE token = ?1;

-- name: put
INSERT INTO token_facts (
    token, block, name, symbol, genesis, redeemable, redeem_fee_bps, ltv_bps, term_fee_bps, flash_fee_bps,
    term_secs, grace_secs, drip_secs, lot, start_multiple, max_buy_bps, max_sell_bps, buy_bps, sell_bps,
    reserve_bps, burn_bps, liquidity_bps, recipients, recipient_bps, launch_supply, token_is_first, lock_until,
    fees_known
)
VALUES (
    ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24,
    ?25, ?26, ?27, ?28
)
ON CONFLICT (token) DO UPDATE SET
    block = excluded.block,
    name = excluded.name,
    symbol = excluded.symbol,
    genesis = excluded.genesis,
    redeemable = excluded.redeemable,
    redeem_fee_bps = excluded.redeem_fee_bps,
    ltv_bps = excluded.ltv_bps,
    term_fee_bps = excluded.term_fee_bps,
    flash_fee_bps = excluded.flash_fee_bps,
    term_secs = excluded.term_secs,
    grace_secs = excluded.grace_secs,
    drip_secs = excluded.drip_secs,
    lot = excluded.lot,
    start_multiple = excluded.start_multiple,
    max_buy_bps = excluded.max_buy_bps,
    max_sell_bps = excluded.max_sell_bps,
    buy_bps = excluded.buy_bps,
    sell_bps = excluded.sell_bps,
    reserve_bps = excluded.reserve_bps,
    burn_bps = excluded.burn_bps,
    liquidity_bps = excluded.liquidity_bps,
    recipients = excluded.recipients,
    recipient_bps = excluded.recipient_bps,
    launch_supply = excluded.launch_supply,
    token_is_first = excluded.token_is_first,
    lock_until = excluded.lock_until,
    fees_known = excluded.fees_known;

-- name: delete
DELETE FROM token_facts
WHERE token = ?1;

-- name: all
SELECT token, block, name, symbol, genesis, redeemable, redeem_fee_bps, ltv_bps, term_fee_bps, flash_fee_bps,
    term_secs, grace_secs, drip_secs, lot, start_multiple, max_buy_bps, max_sell_bps, buy_bps, sell_bps,
    reserve_bps, burn_bps, liquidity_bps, recipients, recipient_bps, launch_supply, token_is_first, lock_until,
    fees_known
FROM token_facts
ORDER BY token;

-- name: clear
DELETE FROM token_facts;

-- name: delete_after
DELETE FROM token_facts
WHERE block > ?1;
