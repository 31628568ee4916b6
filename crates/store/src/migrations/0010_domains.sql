-- Where the pages of a pool are: a name is one pool's, and a pool has at most one name of each kind.
CREATE TABLE domains (
    name {text} NOT NULL PRIMARY KEY,
    pool_id {text} NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    custom {int} NOT NULL, -- whether it is a whole host name, not a prefix
    created_at {int} NOT NULL,
    modified_at {int} NOT NULL,
    config {text} NOT NULL -- JSON
) {table};
CREATE UNIQUE INDEX domains_by_pool ON domains (pool_id, custom);

-- How the classic pages look: of one client, or of all that have nothing of their own.
CREATE TABLE ui_customizations (
    pool_id {text} NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    selector {text} NOT NULL, -- a client's id, or ALL
    client_id {text} REFERENCES clients (client_id) ON DELETE CASCADE, -- absent: ALL
    css {text},
    image {bytes}, -- PNG, JPEG
    created_at {int} NOT NULL,
    modified_at {int} NOT NULL,
    PRIMARY KEY (pool_id, selector)
) {table};
CREATE INDEX ui_customizations_by_client ON ui_customizations (client_id);

-- How managed login looks for a client.
CREATE TABLE branding_styles (
    pool_id {text} NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    style_id {text} NOT NULL,
    client_id {text} NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
    created_at {int} NOT NULL,
    modified_at {int} NOT NULL,
    settings {text}, -- JSON; absent: the service's own
    PRIMARY KEY (pool_id, style_id)
) {table};
CREATE UNIQUE INDEX branding_styles_by_client ON branding_styles (client_id);

-- The images of a style, in the order in which they were given.
CREATE TABLE branding_assets (
    pool_id {text} NOT NULL,
    style_id {text} NOT NULL,
    position {int} NOT NULL,
    category {text} NOT NULL,
    color_mode {text} NOT NULL,
    extension {text} NOT NULL,
    resource_id {text},
    content {bytes} NOT NULL,
    PRIMARY KEY (pool_id, style_id, position),
    FOREIGN KEY (pool_id, style_id) REFERENCES branding_styles (pool_id, style_id) ON DELETE CASCADE
) {table};

-- Where a client's users read what they agree to.
CREATE TABLE terms (
    pool_id {text} NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    terms_id {text} NOT NULL,
    client_id {text} NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
    name {text} NOT NULL, -- terms-of-use, privacy-policy
    created_at {int} NOT NULL,
    modified_at {int} NOT NULL,
    links {text} NOT NULL, -- JSON: language to URL
    PRIMARY KEY (pool_id, terms_id)
) {table};
CREATE UNIQUE INDEX terms_by_client ON terms (client_id, name);
