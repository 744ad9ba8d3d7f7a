-- Which layout the database has: one row.
CREATE TABLE IF NOT EXISTS layout_version (
    version BIGINT NOT NULL
);
