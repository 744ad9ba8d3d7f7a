-- Orders in which loans are listed.
CREATE INDEX loans_by_size ON loans (token, status, collateral, loan);
CREATE INDEX loans_by_opening ON loans (token, status, opened_at, loan);

-- Alerts that are not sent yet.
CREATE INDEX alerts_by_status ON alerts (status, reserve, loan, deadline, before_secs);
