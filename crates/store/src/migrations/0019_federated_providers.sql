-- Identity providers that the account has registered, as principals of trust policies and of identity pools.
CREATE TABLE federated_providers (
    kind {text} NOT NULL, -- as ARNs write it: oidc-provider
    name {text} NOT NULL, -- what follows it there
    created_at {int} NOT NULL,
    config {text} NOT NULL, -- JSON
    tags {text} NOT NULL, -- JSON
    PRIMARY KEY (kind, name)
) {clustered};
