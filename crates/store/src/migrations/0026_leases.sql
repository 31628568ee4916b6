-- Work that the whole installation has once, and which server does it.
CREATE TABLE leases (
    work {text} NOT NULL PRIMARY KEY,
    leased_by {text} NOT NULL, -- names who has it
    leased_until {int} NOT NULL
) {clustered};
