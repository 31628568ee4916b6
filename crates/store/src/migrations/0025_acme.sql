-- Certificates that servers order by ACME for their own TLS, and what is needed for that.

-- The account at each authority.
CREATE TABLE acme_accounts (
    directory {text} NOT NULL PRIMARY KEY, -- the authority's URL
    credentials {bytes} NOT NULL -- its name there and its private key: JSON, sealed
) {table};

-- The certificate for a list of names, and who orders the next one.
CREATE TABLE acme_certificates (
    id {text} NOT NULL PRIMARY KEY, -- the authority's URL and the names
    version {int} NOT NULL, -- how many there have been; 0: none yet
    valid_until {int} NOT NULL, -- 0: none yet
    pem {bytes}, -- chain and private key, sealed; absent: none yet
    due_at {int} NOT NULL, -- when to order the next one
    failures {int} NOT NULL, -- in a row; an order under way counts, and one that was given back
    failure {text}, -- why the last order failed
    leased_by {text} NOT NULL, -- names the order under way
    leased_until {int} NOT NULL
) {table};

-- What the authority is to be shown by whichever server it reaches.
CREATE TABLE acme_challenges (
    name {text} NOT NULL PRIMARY KEY, -- the host's
    certificate {text} NOT NULL, -- for which one: its id
    expires_at {int} NOT NULL,
    digest {bytes} NOT NULL -- of the key authorization, sealed
) {table};
