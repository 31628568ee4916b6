-- Devices that users have confirmed.
CREATE TABLE devices (
    pool_id {text} NOT NULL,
    sub {text} NOT NULL,
    device_key {text} NOT NULL,
    name {text},
    remembered {int} NOT NULL,
    created_at {int} NOT NULL,
    modified_at {int} NOT NULL,
    authenticated_at {int} NOT NULL,
    verifier {bytes}, -- sealed: salt and SRP verifier; none for a device that cannot prove itself
    waiting {bytes}, -- sealed: the sign-in that waits for the device's proof
    PRIMARY KEY (pool_id, sub, device_key),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
) {table};
CREATE INDEX devices_by_remembered ON devices (pool_id, sub, remembered, device_key);
