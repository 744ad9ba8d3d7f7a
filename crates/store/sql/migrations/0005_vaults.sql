-- Synthetics, their markets, vaults and prices. Everything here is read from the chain, and can be read anew.

-- A synthetic as its book keeps it.
CREATE TABLE synthetics (
    synthetic BYTEA NOT NULL,
    block BIGINT NOT NULL,
    supply BYTEA NOT NULL,
    surplus BYTEA NOT NULL,
    deficit BYTEA NOT NULL,
    peg_ledger BYTEA NOT NULL,
    peg_deficit BYTEA NOT NULL,
    stopped_until BIGINT NOT NULL,
    markets BIGINT NOT NULL,
    PRIMARY KEY (synthetic)
);

-- A market of a synthetic as its book keeps it: the index grows without an event.
CREATE TABLE vault_markets (
    synthetic BYTEA NOT NULL,
    market BIGINT NOT NULL,
    block BIGINT NOT NULL,
    collateral BYTEA NOT NULL,
    prices BYTEA NOT NULL,
    borrow_ltv BYTEA NOT NULL,
    min_debt BYTEA NOT NULL,
    mint_window_secs BIGINT NOT NULL,
    liq_ltv BYTEA NOT NULL,
    max_discount BYTEA NOT NULL,
    ramp_secs BIGINT NOT NULL,
    fee_min BYTEA NOT NULL,
    fee_slope BYTEA NOT NULL,
    rate_controller BYTEA NOT NULL,
    held BYTEA NOT NULL,
    norm BYTEA NOT NULL,
    full_at BIGINT NOT NULL,
    index_wad BYTEA NOT NULL,
    since BIGINT NOT NULL,
    rate BYTEA NOT NULL,
    ceiling BYTEA NOT NULL,
    mint_limit BYTEA NOT NULL,
    deficit BYTEA NOT NULL,
    vaults BIGINT NOT NULL,
    PRIMARY KEY (synthetic, market)
);

-- A vault: the part of one owner in one market.
CREATE TABLE vaults (
    synthetic BYTEA NOT NULL,
    market BIGINT NOT NULL,
    owner BYTEA NOT NULL,
    collateral BYTEA NOT NULL,
    norm BYTEA NOT NULL,
    flagged_at BIGINT NOT NULL,
    is_open BIGINT NOT NULL,
    risk BYTEA NOT NULL,
    changed BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (synthetic, market, owner)
);

-- A step of a market's ladder: vaults whose risk begins with the same bits.
CREATE TABLE rungs (
    synthetic BYTEA NOT NULL,
    market BIGINT NOT NULL,
    rung BIGINT NOT NULL,
    norm BYTEA NOT NULL,
    collateral BYTEA NOT NULL,
    vaults BIGINT NOT NULL,
    PRIMARY KEY (synthetic, market, rung)
);

-- The mid price that vaults are taken at, as the projection of vaults last saw it.
CREATE TABLE mids (
    prices BYTEA NOT NULL,
    asset BYTEA NOT NULL,
    mid BYTEA NOT NULL,
    PRIMARY KEY (prices, asset)
);

-- A part of a vault that was sold.
CREATE TABLE takes (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    time BIGINT NOT NULL,
    synthetic BYTEA NOT NULL,
    market BIGINT NOT NULL,
    owner BYTEA NOT NULL,
    taker BYTEA NOT NULL,
    paid BYTEA NOT NULL,
    collateral BYTEA NOT NULL,
    norm BYTEA NOT NULL,
    deficit BYTEA NOT NULL,
    mid BYTEA NOT NULL,
    PRIMARY KEY (block, log_index)
);

-- A redemption of a synthetic for a vault's collateral.
CREATE TABLE redemptions (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    time BIGINT NOT NULL,
    synthetic BYTEA NOT NULL,
    market BIGINT NOT NULL,
    owner BYTEA NOT NULL,
    redeemer BYTEA NOT NULL,
    burned BYTEA NOT NULL,
    collateral BYTEA NOT NULL,
    norm BYTEA NOT NULL,
    fee BYTEA NOT NULL,
    PRIMARY KEY (block, log_index)
);

-- A loss that came up, or a part of one that was paid.
CREATE TABLE losses (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    time BIGINT NOT NULL,
    synthetic BYTEA NOT NULL,
    market BIGINT,
    kind TEXT NOT NULL,
    owner BYTEA,
    payer BYTEA,
    amount BYTEA NOT NULL,
    PRIMARY KEY (block, log_index)
);

-- Something that happened to a vault. What left it is kept as two's complement.
CREATE TABLE vault_changes (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    time BIGINT NOT NULL,
    synthetic BYTEA NOT NULL,
    market BIGINT NOT NULL,
    owner BYTEA NOT NULL,
    kind TEXT NOT NULL,
    account BYTEA,
    collateral BYTEA NOT NULL,
    debt BYTEA NOT NULL,
    norm BYTEA NOT NULL,
    deficit BYTEA NOT NULL,
    PRIMARY KEY (block, log_index)
);

-- A price as its aggregator keeps it, with how it is agreed on.
CREATE TABLE asset_prices (
    prices BYTEA NOT NULL,
    asset BYTEA NOT NULL,
    block BIGINT NOT NULL,
    max_age_secs BIGINT NOT NULL,
    grace_secs BIGINT NOT NULL,
    min_sources BIGINT NOT NULL,
    deviation BYTEA NOT NULL,
    max_deviation BYTEA NOT NULL,
    max_step BYTEA NOT NULL,
    step_window_secs BIGINT NOT NULL,
    low BYTEA NOT NULL,
    mid BYTEA NOT NULL,
    high BYTEA NOT NULL,
    median BYTEA NOT NULL,
    updated_at BIGINT NOT NULL,
    stepped BIGINT NOT NULL,
    is_unsafe BIGINT NOT NULL,
    unsafe_since BIGINT NOT NULL,
    grace_at BIGINT NOT NULL,
    PRIMARY KEY (prices, asset)
);

-- A source of a price, with why it did not count when last it did not.
CREATE TABLE price_sources (
    prices BYTEA NOT NULL,
    asset BYTEA NOT NULL,
    source_index BIGINT NOT NULL,
    source BYTEA NOT NULL,
    max_age_secs BIGINT NOT NULL,
    least BYTEA NOT NULL,
    most BYTEA NOT NULL,
    gas_most BIGINT NOT NULL,
    lockable BIGINT NOT NULL,
    observing BIGINT NOT NULL,
    fault BIGINT NOT NULL,
    fault_mid BYTEA NOT NULL,
    fault_at BIGINT NOT NULL,
    fault_transaction BYTEA NOT NULL,
    PRIMARY KEY (prices, asset, source_index)
);

-- A price as an aggregation stored it.
CREATE TABLE price_points (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    time BIGINT NOT NULL,
    prices BYTEA NOT NULL,
    asset BYTEA NOT NULL,
    low BYTEA NOT NULL,
    mid BYTEA NOT NULL,
    high BYTEA NOT NULL,
    median BYTEA NOT NULL,
    stepped BIGINT NOT NULL,
    PRIMARY KEY (block, log_index)
);

-- The prices of one hour or one day.
CREATE TABLE asset_price_periods (
    prices BYTEA NOT NULL,
    asset BYTEA NOT NULL,
    period_secs BIGINT NOT NULL,
    starts BIGINT NOT NULL,
    block BIGINT NOT NULL,
    open BYTEA NOT NULL,
    high BYTEA NOT NULL,
    low BYTEA NOT NULL,
    close BYTEA NOT NULL,
    lowest BYTEA NOT NULL,
    highest BYTEA NOT NULL,
    median BYTEA NOT NULL,
    stepped BIGINT NOT NULL,
    pokes BIGINT NOT NULL,
    PRIMARY KEY (prices, asset, period_secs, starts)
);

-- A price that became unsafe, or a source that did not count.
CREATE TABLE price_faults (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    time BIGINT NOT NULL,
    prices BYTEA NOT NULL,
    asset BYTEA NOT NULL,
    kind TEXT NOT NULL,
    source BYTEA,
    fault BIGINT NOT NULL,
    mid BYTEA NOT NULL,
    PRIMARY KEY (block, log_index)
);

-- Who may sign reports, and how many it takes.
CREATE TABLE report_quorums (
    contract BYTEA NOT NULL,
    quorum BIGINT NOT NULL,
    signers BYTEA NOT NULL,
    block BIGINT NOT NULL,
    PRIMARY KEY (contract)
);

-- The last round that a quorum reported of an asset.
CREATE TABLE latest_reports (
    contract BYTEA NOT NULL,
    asset BYTEA NOT NULL,
    round BYTEA NOT NULL,
    price BYTEA NOT NULL,
    confidence BYTEA NOT NULL,
    time BYTEA NOT NULL,
    reports BIGINT NOT NULL,
    block BIGINT NOT NULL,
    PRIMARY KEY (contract, asset)
);

-- The exchange of a synthetic with a custody token.
CREATE TABLE peg_modules (
    module BYTEA NOT NULL,
    synthetic BYTEA NOT NULL,
    custody BYTEA NOT NULL,
    cap BYTEA NOT NULL,
    entered BYTEA NOT NULL,
    exited BYTEA NOT NULL,
    PRIMARY KEY (module)
);

-- Something that happened at a peg module.
CREATE TABLE peg_moves (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    time BIGINT NOT NULL,
    synthetic BYTEA NOT NULL,
    module BYTEA NOT NULL,
    kind TEXT NOT NULL,
    account BYTEA,
    recipient BYTEA,
    units BYTEA NOT NULL,
    amount BYTEA NOT NULL,
    PRIMARY KEY (block, log_index)
);

-- A backstop as its contract keeps it: what drips does so without an event.
CREATE TABLE backstops (
    backstop BYTEA NOT NULL,
    synthetic BYTEA NOT NULL,
    shares BYTEA NOT NULL,
    cash BYTEA NOT NULL,
    stream_left BYTEA NOT NULL,
    stream_since BIGINT NOT NULL,
    stream_end BIGINT NOT NULL,
    entering BYTEA NOT NULL,
    owed BYTEA NOT NULL,
    PRIMARY KEY (backstop)
);

-- Collateral that a backstop bought and sells.
CREATE TABLE backstop_lots (
    backstop BYTEA NOT NULL,
    market BIGINT NOT NULL,
    held BYTEA NOT NULL,
    started_at BIGINT NOT NULL,
    PRIMARY KEY (backstop, market)
);

-- What an account asked of a backstop in one epoch.
CREATE TABLE backstop_requests (
    backstop BYTEA NOT NULL,
    epoch BYTEA NOT NULL,
    owner BYTEA NOT NULL,
    entering BYTEA NOT NULL,
    exiting BYTEA NOT NULL,
    exit_claimed BYTEA NOT NULL,
    PRIMARY KEY (backstop, epoch, owner)
);

-- Something that happened at a backstop.
CREATE TABLE backstop_moves (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    time BIGINT NOT NULL,
    synthetic BYTEA NOT NULL,
    backstop BYTEA NOT NULL,
    kind TEXT NOT NULL,
    account BYTEA,
    epoch BYTEA,
    market BIGINT,
    amount BYTEA NOT NULL,
    shares BYTEA NOT NULL,
    collateral BYTEA NOT NULL,
    PRIMARY KEY (block, log_index)
);

-- Who may change what about a synthetic.
CREATE TABLE governors (
    governor BYTEA NOT NULL,
    synthetic BYTEA NOT NULL,
    owner BYTEA NOT NULL,
    pending_owner BYTEA NOT NULL,
    guardian BYTEA NOT NULL,
    PRIMARY KEY (governor)
);

-- A call that a governor announced.
CREATE TABLE governor_calls (
    governor BYTEA NOT NULL,
    call BYTEA NOT NULL,
    target BYTEA NOT NULL,
    data BYTEA NOT NULL,
    ready_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    status TEXT NOT NULL,
    block BIGINT NOT NULL,
    PRIMARY KEY (governor, call)
);

-- The last step of a market's stability rate. Signed numbers are kept as two's complement.
CREATE TABLE rate_steps (
    controller BYTEA NOT NULL,
    market BIGINT NOT NULL,
    synthetic BYTEA NOT NULL,
    gap BYTEA NOT NULL,
    sum BYTEA NOT NULL,
    rate BYTEA NOT NULL,
    stepped_at BIGINT NOT NULL,
    PRIMARY KEY (controller, market)
);

-- What a synthetic says of itself and never changes, read from the chain once.
CREATE TABLE synthetic_facts (
    synthetic BYTEA NOT NULL,
    name TEXT NOT NULL,
    symbol TEXT NOT NULL,
    surplus_buffer BYTEA NOT NULL,
    PRIMARY KEY (synthetic)
);

-- What never changes of a peg module, read from the chain once.
CREATE TABLE peg_facts (
    module BYTEA NOT NULL,
    custody_token BYTEA NOT NULL,
    par BYTEA NOT NULL,
    fee_in BYTEA NOT NULL,
    fee_out BYTEA NOT NULL,
    cap_max BYTEA NOT NULL,
    PRIMARY KEY (module)
);

-- What never changes of a backstop, read from the chain once.
CREATE TABLE backstop_facts (
    backstop BYTEA NOT NULL,
    name TEXT NOT NULL,
    symbol TEXT NOT NULL,
    decimals BIGINT NOT NULL,
    cooldown_secs BIGINT NOT NULL,
    genesis BIGINT NOT NULL,
    PRIMARY KEY (backstop)
);

-- What a source of prices is, read from the chain once.
CREATE TABLE source_facts (
    source BYTEA NOT NULL,
    kind TEXT NOT NULL,
    behind BYTEA,
    PRIMARY KEY (source)
);

-- A contract of a synthetic whose logs are in the store.
CREATE TABLE watched (
    contract BYTEA NOT NULL,
    role TEXT NOT NULL,
    synthetic BYTEA NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (contract)
);

CREATE INDEX vaults_by_risk ON vaults (synthetic, market, is_open, risk, owner);
CREATE INDEX vaults_by_size ON vaults (synthetic, market, is_open, norm, owner);
CREATE INDEX vaults_by_owner ON vaults (owner, is_open, synthetic, market);
CREATE INDEX takes_by_synthetic ON takes (synthetic, block, log_index);
CREATE INDEX redemptions_by_synthetic ON redemptions (synthetic, block, log_index);
CREATE INDEX losses_by_synthetic ON losses (synthetic, block, log_index);
CREATE INDEX vault_changes_by_vault ON vault_changes (synthetic, market, owner, block, log_index);
CREATE INDEX price_points_by_asset ON price_points (prices, asset, block, log_index);
CREATE INDEX price_faults_by_asset ON price_faults (prices, asset, block, log_index);
CREATE INDEX peg_moves_by_synthetic ON peg_moves (synthetic, block, log_index);
CREATE INDEX backstop_moves_by_synthetic ON backstop_moves (synthetic, block, log_index);
