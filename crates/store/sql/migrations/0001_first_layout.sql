-- The first layout. BYTEA holds addresses, hashes and exact amounts (32 bytes, big-endian; lists end to end).

-- Recent canonical blocks, newest last; only the window that a reorganisation can reach is kept.
CREATE TABLE blocks (
    number BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    parent BYTEA NOT NULL,
    time BIGINT NOT NULL,
    PRIMARY KEY (number)
);

-- Raw logs of watched contracts, as the chain gave them.
CREATE TABLE logs (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    address BYTEA NOT NULL,
    topics BYTEA NOT NULL,
    data BYTEA NOT NULL,
    transaction_hash BYTEA NOT NULL,
    time BIGINT NOT NULL,
    PRIMARY KEY (block, log_index)
);

-- How far each projection has come, and why it stopped where it has.
CREATE TABLE projections (
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    block BIGINT NOT NULL,
    stopped TEXT,
    PRIMARY KEY (name)
);

-- The one deployment whose chain this store holds.
CREATE TABLE deployments (
    launchpad BYTEA NOT NULL,
    chain_id BIGINT NOT NULL,
    genesis_hash BYTEA NOT NULL,
    PRIMARY KEY (launchpad)
);

-- Rows as they were before a block, for taking that block back.
CREATE TABLE undo (
    projection TEXT NOT NULL,
    block BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    record TEXT NOT NULL,
    row_key BYTEA NOT NULL,
    row_before BYTEA,
    PRIMARY KEY (projection, block, sequence)
);

-- Launched tokens with their parts.
CREATE TABLE tokens (
    token BYTEA NOT NULL,
    reserve BYTEA NOT NULL,
    owner BYTEA NOT NULL,
    converter BYTEA,
    pool BYTEA,
    liquidity_lock BYTEA,
    assets BYTEA NOT NULL,
    seeds BYTEA NOT NULL,
    block BIGINT NOT NULL,
    time BIGINT NOT NULL,
    PRIMARY KEY (token)
);

-- Token base units of each holder that ever held any.
CREATE TABLE balances (
    token BYTEA NOT NULL,
    holder BYTEA NOT NULL,
    amount BYTEA NOT NULL,
    PRIMARY KEY (token, holder)
);

-- Token base units in existence, and those that nobody can move.
CREATE TABLE supplies (
    token BYTEA NOT NULL,
    supply BYTEA NOT NULL,
    unspendable BYTEA NOT NULL,
    PRIMARY KEY (token)
);

-- What a reserve has of one asset: cash with what still streams in, and what is lent.
CREATE TABLE ledgers (
    reserve BYTEA NOT NULL,
    asset_index BIGINT NOT NULL,
    held BYTEA NOT NULL,
    lent BYTEA NOT NULL,
    PRIMARY KEY (reserve, asset_index)
);

-- Base units of one asset that came to a reserve, by source.
CREATE TABLE inflows (
    reserve BYTEA NOT NULL,
    asset_index BIGINT NOT NULL,
    source TEXT NOT NULL,
    amount BYTEA NOT NULL,
    PRIMARY KEY (reserve, asset_index, source)
);

-- Every loan ever opened.
CREATE TABLE loans (
    reserve BYTEA NOT NULL,
    loan BYTEA NOT NULL,
    borrower BYTEA NOT NULL,
    collateral BYTEA NOT NULL,
    principal BYTEA NOT NULL,
    deadline BYTEA NOT NULL,
    status TEXT NOT NULL,
    opened BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    PRIMARY KEY (reserve, loan)
);

-- Sums over a reserve's loans.
CREATE TABLE loan_books (
    reserve BYTEA NOT NULL,
    opened BIGINT NOT NULL,
    locked BYTEA NOT NULL,
    principal BYTEA NOT NULL,
    PRIMARY KEY (reserve)
);

-- What the first pool of each token holds.
CREATE TABLE pools (
    pool BYTEA NOT NULL,
    reserve0 BYTEA NOT NULL,
    reserve1 BYTEA NOT NULL,
    PRIMARY KEY (pool)
);

-- Swaps in watched pools.
CREATE TABLE trades (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    time BIGINT NOT NULL,
    pool BYTEA NOT NULL,
    recipient BYTEA NOT NULL,
    amount0_in BYTEA NOT NULL,
    amount1_in BYTEA NOT NULL,
    amount0_out BYTEA NOT NULL,
    amount1_out BYTEA NOT NULL,
    PRIMARY KEY (block, log_index)
);

-- Fills of the fee-token auction.
CREATE TABLE fills (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    time BIGINT NOT NULL,
    converter BYTEA NOT NULL,
    bidder BYTEA NOT NULL,
    recipient BYTEA NOT NULL,
    tokens BYTEA NOT NULL,
    multiple BYTEA NOT NULL,
    paid BYTEA NOT NULL,
    PRIMARY KEY (block, log_index)
);

-- Who holds the powers over each token.
CREATE TABLE powers (
    token BYTEA NOT NULL,
    owner BYTEA NOT NULL,
    guardian BYTEA NOT NULL,
    PRIMARY KEY (token)
);

-- Changes of a token's fees, cut or proposed.
CREATE TABLE fee_changes (
    block BIGINT NOT NULL,
    log_index BIGINT NOT NULL,
    time BIGINT NOT NULL,
    token BYTEA NOT NULL,
    buy_bps BYTEA NOT NULL,
    sell_bps BYTEA NOT NULL,
    effective_at BYTEA NOT NULL,
    PRIMARY KEY (block, log_index)
);

CREATE INDEX logs_by_address ON logs (address, block, log_index);
CREATE INDEX trades_by_pool ON trades (pool, block, log_index);
CREATE INDEX fills_by_converter ON fills (converter, block, log_index);
