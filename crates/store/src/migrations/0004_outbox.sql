-- Messages on their way to users; a row goes when its message has been handed over, or is given up.
CREATE TABLE outbox (
    id {text} NOT NULL PRIMARY KEY,
    pool_id {text} NOT NULL,
    sub {text} NOT NULL,
    medium {text} NOT NULL, -- EMAIL, SMS
    content {bytes} NOT NULL, -- sealed: address, code and text
    created_at {int} NOT NULL,
    due_at {int} NOT NULL, -- not to be taken before; a taken message is due again when its lease ends
    expires_at {int} NOT NULL, -- not to be sent afterwards
    attempts {int} NOT NULL,
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
) {table};
CREATE INDEX outbox_by_due_at ON outbox (medium, due_at, id);
CREATE INDEX outbox_by_created_at ON outbox (created_at);
CREATE INDEX outbox_by_user ON outbox (pool_id, sub);
