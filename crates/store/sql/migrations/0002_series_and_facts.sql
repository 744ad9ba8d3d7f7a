-- The series, exact states and facts that are shown. All of it is read from the chain anew.

-- Logs with their block's hash are read again: what stands upon the old ones begins anew.
DELETE FROM blocks;
DELETE FROM undo;
DELETE FROM projections;
DROP TABLE logs;
DROP TABLE ledgers;
DROP TABLE loans;
DROP TABLE trades;
DROP TABLE pools;
DROP TABLE fills;

-- Raw logs of watched contracts, as the chain gave them.
CREATE TABLE logs (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    address BYTEA NOT NULL,
    topics BYTEA NOT NULL,
    data BYTEA NOT NULL,
    transaction_hash BYTEA NOT NULL,
    block_hash BYTEA NOT NULL,
    time BIGINT NOT NULL,
    PRIMARY KEY (block, log_index)
);

CREATE INDEX logs_by_address ON logs (address, block, log_index);

-- What a reserve has of one asset, as its contract keeps it.
CREATE TABLE ledgers (
    reserve BYTEA NOT NULL,
    asset_index BIGINT NOT NULL,
    cash BYTEA NOT NULL,
    lent BYTEA NOT NULL,
    synced_at BIGINT NOT NULL,
    vesting BYTEA NOT NULL,
    pending BYTEA NOT NULL,
    PRIMARY KEY (reserve, asset_index)
);

-- A loan.
CREATE TABLE loans (
    reserve BYTEA NOT NULL,
    loan BYTEA NOT NULL,
    token BYTEA NOT NULL,
    borrower BYTEA NOT NULL,
    collateral BYTEA NOT NULL,
    principal BYTEA NOT NULL,
    first_collateral BYTEA NOT NULL,
    first_principal BYTEA NOT NULL,
    deadline_unpaused BIGINT NOT NULL,
    status TEXT NOT NULL,
    opened BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (reserve, loan)
);

-- A swap, seen from the pool.
CREATE TABLE trades (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    time BIGINT NOT NULL,
    token BYTEA NOT NULL,
    pool BYTEA NOT NULL,
    recipient BYTEA NOT NULL,
    is_buy BIGINT NOT NULL,
    tokens BYTEA NOT NULL,
    assets BYTEA NOT NULL,
    price_wad BYTEA NOT NULL,
    PRIMARY KEY (block, log_index)
);

-- What a token's first pool holds.
CREATE TABLE pools (
    pool BYTEA NOT NULL,
    token BYTEA NOT NULL,
    tokens BYTEA NOT NULL,
    assets BYTEA NOT NULL,
    PRIMARY KEY (pool)
);

-- A fill of the fee-token auction.
CREATE TABLE fills (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    time BIGINT NOT NULL,
    token BYTEA NOT NULL,
    converter BYTEA NOT NULL,
    bidder BYTEA NOT NULL,
    recipient BYTEA NOT NULL,
    tokens BYTEA NOT NULL,
    multiple BYTEA NOT NULL,
    paid BYTEA NOT NULL,
    PRIMARY KEY (block, log_index)
);

-- What a launch fixed for ever, read from the chain once.
CREATE TABLE token_facts (
    token BYTEA NOT NULL,
    block BIGINT NOT NULL,
    name TEXT NOT NULL,
    symbol TEXT NOT NULL,
    genesis BIGINT NOT NULL,
    redeemable BIGINT NOT NULL,
    redeem_fee_bps BIGINT NOT NULL,
    ltv_bps BIGINT NOT NULL,
    term_fee_bps BIGINT NOT NULL,
    flash_fee_bps BIGINT NOT NULL,
    term_secs BIGINT NOT NULL,
    grace_secs BIGINT NOT NULL,
    drip_secs BIGINT NOT NULL,
    lot BYTEA NOT NULL,
    start_multiple BYTEA NOT NULL,
    max_buy_bps BIGINT NOT NULL,
    max_sell_bps BIGINT NOT NULL,
    buy_bps BIGINT NOT NULL,
    sell_bps BIGINT NOT NULL,
    reserve_bps BIGINT NOT NULL,
    burn_bps BIGINT NOT NULL,
    liquidity_bps BIGINT NOT NULL,
    recipients BYTEA NOT NULL,
    recipient_bps BYTEA NOT NULL,
    launch_supply BYTEA NOT NULL,
    token_is_first BIGINT NOT NULL,
    lock_until BYTEA NOT NULL,
    fees_known BIGINT NOT NULL,
    PRIMARY KEY (token)
);

-- A backing asset, read from the chain once.
CREATE TABLE asset_facts (
    asset BYTEA NOT NULL,
    block BIGINT NOT NULL,
    name TEXT NOT NULL,
    symbol TEXT NOT NULL,
    decimals BIGINT NOT NULL,
    PRIMARY KEY (asset)
);

-- How many hold a token.
CREATE TABLE holder_counts (
    token BYTEA NOT NULL,
    holders BIGINT NOT NULL,
    transfers BIGINT NOT NULL,
    PRIMARY KEY (token)
);

-- What came to a reserve from one source in one hour or one day.
CREATE TABLE inflow_periods (
    reserve BYTEA NOT NULL,
    asset_index BIGINT NOT NULL,
    source TEXT NOT NULL,
    period_secs BIGINT NOT NULL,
    starts BIGINT NOT NULL,
    amount BYTEA NOT NULL,
    PRIMARY KEY (reserve, asset_index, source, period_secs, starts)
);

-- The floor after the last event of a block that moved it.
CREATE TABLE floors (
    token BYTEA NOT NULL,
    block BIGINT NOT NULL,
    time BIGINT NOT NULL,
    floors BYTEA NOT NULL,
    PRIMARY KEY (token, block)
);

-- The floors of one hour or one day.
CREATE TABLE floor_periods (
    token BYTEA NOT NULL,
    period_secs BIGINT NOT NULL,
    starts BIGINT NOT NULL,
    block BIGINT NOT NULL,
    opens BYTEA NOT NULL,
    closes BYTEA NOT NULL,
    PRIMARY KEY (token, period_secs, starts)
);

-- The last pause of a reserve, as its contract keeps it, in seconds since launch.
CREATE TABLE pauses (
    reserve BYTEA NOT NULL,
    pause_start BIGINT NOT NULL,
    pause_end BIGINT NOT NULL,
    paused_before BIGINT NOT NULL,
    PRIMARY KEY (reserve)
);

-- The pool's price after the last event of a block that moved it.
CREATE TABLE prices (
    token BYTEA NOT NULL,
    block BIGINT NOT NULL,
    time BIGINT NOT NULL,
    price_wad BYTEA NOT NULL,
    PRIMARY KEY (token, block)
);

-- The prices and trades of one hour or one day.
CREATE TABLE price_periods (
    token BYTEA NOT NULL,
    period_secs BIGINT NOT NULL,
    starts BIGINT NOT NULL,
    block BIGINT NOT NULL,
    open BYTEA NOT NULL,
    high BYTEA NOT NULL,
    low BYTEA NOT NULL,
    close BYTEA NOT NULL,
    volume_tokens BYTEA NOT NULL,
    volume_assets BYTEA NOT NULL,
    trades BIGINT NOT NULL,
    PRIMARY KEY (token, period_secs, starts)
);

-- The state of a fee-token auction, as its contract keeps it.
CREATE TABLE auctions (
    converter BYTEA NOT NULL,
    token BYTEA NOT NULL,
    multiple BYTEA NOT NULL,
    set_at BIGINT NOT NULL,
    sale BYTEA NOT NULL,
    liquidity_tokens BYTEA NOT NULL,
    liquidity_assets BYTEA NOT NULL,
    last_lot_paid BYTEA NOT NULL,
    last_lot_at BIGINT NOT NULL,
    liquidity_at BIGINT NOT NULL,
    sold BYTEA NOT NULL,
    burned BYTEA NOT NULL,
    recipients BYTEA NOT NULL,
    PRIMARY KEY (converter)
);

-- What a converter owes to an account.
CREATE TABLE owed (
    converter BYTEA NOT NULL,
    account BYTEA NOT NULL,
    asset_index BIGINT NOT NULL,
    amount BYTEA NOT NULL,
    PRIMARY KEY (converter, account, asset_index)
);

-- A token's fees as its contract keeps them.
CREATE TABLE fees (
    token BYTEA NOT NULL,
    buy_bps BYTEA NOT NULL,
    sell_bps BYTEA NOT NULL,
    next_buy_bps BYTEA NOT NULL,
    next_sell_bps BYTEA NOT NULL,
    next_at BYTEA NOT NULL,
    PRIMARY KEY (token)
);

-- A change of who shares in a token's fees.
CREATE TABLE recipient_changes (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    time BIGINT NOT NULL,
    token BYTEA NOT NULL,
    recipient_index BIGINT NOT NULL,
    account BYTEA NOT NULL,
    effective_at BIGINT NOT NULL,
    PRIMARY KEY (block, log_index)
);

-- The lock on a token's pool liquidity.
CREATE TABLE lock_untils (
    token BYTEA NOT NULL,
    liquidity_lock BYTEA NOT NULL,
    until BYTEA NOT NULL,
    withdrawn BYTEA NOT NULL,
    PRIMARY KEY (token)
);

-- A sign of life of a program that writes this store.
CREATE TABLE heartbeats (
    service TEXT NOT NULL,
    beat_at BIGINT NOT NULL,
    block BIGINT NOT NULL,
    tip BIGINT NOT NULL,
    stopped TEXT,
    PRIMARY KEY (service)
);

-- A warning before a loan's deadline, noted before it is sent so that it is sent once.
CREATE TABLE alerts (
    reserve BYTEA NOT NULL,
    loan BYTEA NOT NULL,
    deadline BIGINT NOT NULL,
    before_secs BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    status TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    PRIMARY KEY (reserve, loan, deadline, before_secs)
);

CREATE INDEX balances_by_amount ON balances (token, amount, holder);
CREATE INDEX balances_by_holder ON balances (holder, token);
CREATE INDEX fee_changes_by_token ON fee_changes (token, block, log_index);
CREATE INDEX fills_by_converter ON fills (converter, block, log_index);
CREATE INDEX fills_by_token ON fills (token, block, log_index);
CREATE INDEX floors_by_time ON floors (token, time, block);
CREATE INDEX loans_by_borrower ON loans (borrower, deadline_unpaused, reserve, loan);
CREATE INDEX loans_by_deadline ON loans (status, deadline_unpaused, reserve, loan);
CREATE INDEX loans_by_token ON loans (token, status, deadline_unpaused, loan);
CREATE INDEX prices_by_time ON prices (token, time, block);
CREATE INDEX recipient_changes_by_token ON recipient_changes (token, block, log_index);
CREATE INDEX tokens_by_launch ON tokens (block, token);
CREATE INDEX trades_by_recipient ON trades (recipient, block, log_index);
CREATE INDEX trades_by_time ON trades (token, time, block, log_index);
