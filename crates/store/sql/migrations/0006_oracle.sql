-- What oracle nodes signed: a node that is started again signs nothing else for the same round.
CREATE TABLE signed_reports (
    chain_id BIGINT NOT NULL,
    quorum BYTEA NOT NULL,
    signer BYTEA NOT NULL,
    asset BYTEA NOT NULL,
    round BIGINT NOT NULL,
    price BYTEA NOT NULL,
    confidence BYTEA NOT NULL,
    time BIGINT NOT NULL,
    signature BYTEA NOT NULL,
    PRIMARY KEY (chain_id, quorum, signer, asset, round)
);
