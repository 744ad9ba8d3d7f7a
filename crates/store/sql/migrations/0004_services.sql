-- What services that send transactions must not forget. Nothing of it is read from the chain, so it outlives every
-- reorganisation.

-- Where the transactions of an account began, and what of its nonces is accounted for.
CREATE TABLE lanes (
    address BYTEA NOT NULL,
    chain_id BIGINT NOT NULL,
    genesis_hash BYTEA NOT NULL,
    next_nonce BIGINT NOT NULL,
    PRIMARY KEY (address)
);

-- What is wanted on the chain, and what became of it.
CREATE TABLE sends (
    address BYTEA NOT NULL,
    id TEXT NOT NULL,
    service TEXT NOT NULL,
    label TEXT NOT NULL,
    target BYTEA NOT NULL,
    data BYTEA NOT NULL,
    value_wei BYTEA NOT NULL,
    gas BIGINT,
    valid_until BIGINT,
    max_fee_wei BYTEA,
    private BIGINT NOT NULL,
    urgent BIGINT NOT NULL,
    state TEXT NOT NULL,
    ending TEXT,
    nonce BIGINT,
    placed BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    final_at BIGINT,
    hash BYTEA,
    block BIGINT,
    block_hash BYTEA,
    mined_at BIGINT,
    gas_used BIGINT,
    fee_wei BYTEA,
    error TEXT,
    revert_data BYTEA,
    PRIMARY KEY (address, id)
);

-- Two programs can never give one nonce to two intents.
CREATE UNIQUE INDEX sends_by_nonce ON sends (address, nonce);
CREATE INDEX sends_open ON sends (address, placed) WHERE final_at IS NULL;
CREATE INDEX sends_by_mined_at ON sends (address, mined_at);
CREATE INDEX sends_by_placed ON sends (placed);

-- Every transaction that was signed, before it was sent.
CREATE TABLE attempts (
    hash BYTEA NOT NULL,
    address BYTEA NOT NULL,
    send TEXT NOT NULL,
    number BIGINT NOT NULL,
    nonce BIGINT NOT NULL,
    raw BYTEA NOT NULL,
    gas BIGINT NOT NULL,
    max_fee_wei BYTEA NOT NULL,
    priority_fee_wei BYTEA NOT NULL,
    empty BIGINT NOT NULL,
    block BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    sent_at BIGINT,
    route TEXT NOT NULL,
    PRIMARY KEY (hash)
);

CREATE UNIQUE INDEX attempts_by_send ON attempts (address, send, number);

-- What a keeper thought of a subject last, and why.
CREATE TABLE decisions (
    keeper TEXT NOT NULL,
    subject TEXT NOT NULL,
    strategy TEXT NOT NULL,
    action TEXT NOT NULL,
    reason TEXT NOT NULL,
    block BIGINT NOT NULL,
    time BIGINT NOT NULL,
    profit TEXT,
    PRIMARY KEY (keeper, subject)
);

CREATE INDEX decisions_by_time ON decisions (time);

-- What a person should know, each told once.
CREATE TABLE alerts_raised (
    id TEXT NOT NULL,
    service TEXT NOT NULL,
    raised_at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    delivered_at BIGINT,
    PRIMARY KEY (id)
);

CREATE INDEX alerts_raised_undelivered ON alerts_raised (service, raised_at) WHERE delivered_at IS NULL;
CREATE INDEX alerts_raised_by_time ON alerts_raised (raised_at);
