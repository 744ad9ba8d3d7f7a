-- Orders in which loans are listed.
CREATE INDEX loans_by_size ON loans (token, status, collateral, loan);
CREATE INDEX loans_by_opening ON loans (token, status, opened_at, loan);
