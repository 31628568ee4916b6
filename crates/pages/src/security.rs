//! The headers that pages and assets go out with, beside those of every endpoint of a domain.

/// What a page may load and do. Style sheets, the script and pictures come from the domain itself; nothing is inline, so
/// there is no nonce. Trusted types, because the script makes no markup.
///
/// There is no `form-action`, not even `'self'`: Chromium applies it to the redirect that follows the post too, and the
/// way back to the application would end there (oauth-and-managed-login §5.1).
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// Headers of every page. Addresses hold codes and states, so they are told to nobody, and nothing is kept.
pub const PAGE_HEADERS: [(&str, &str); 6] = [
    ("content-type", "text/html; charset=utf-8"),
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

/// Headers of every asset, beside its `content-type`: its name is that of its content, so it never changes.
pub const ASSET_HEADERS: [(&str, &str); 2] =
    [("cache-control", "public, max-age=31536000, immutable"), ("x-content-type-options", "nosniff")];
