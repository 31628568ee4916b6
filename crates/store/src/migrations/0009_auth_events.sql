-- What happened around the sign-ins of users, in pools with threat protection.
CREATE TABLE auth_events (
    pool_id {text} NOT NULL,
    sub {text} NOT NULL,
    event_id {text} NOT NULL,
    created_at {int} NOT NULL,
    kind {text} NOT NULL, -- SignIn, SignUp, ForgotPassword, PasswordChange, ResendCode
    response {text} NOT NULL, -- Pass, Fail, InProgress
    address {text},
    device {text},
    details {text} NOT NULL, -- JSON: what was answered, and the risk
    feedback {text}, -- Valid, Invalid
    feedback_by {text}, -- Admin, User
    feedback_at {int},
    PRIMARY KEY (pool_id, sub, event_id),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
) {table};
CREATE INDEX auth_events_by_time ON auth_events (pool_id, sub, created_at, event_id);
CREATE INDEX auth_events_by_created_at ON auth_events (created_at);
