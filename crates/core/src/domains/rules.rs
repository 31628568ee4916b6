//! What a domain may be called (docs/cognito/oauth-and-managed-login.md §2).

use poolhouse_kernel::Fault;

/// The longest part of a host name between its dots (RFC 1035 §2.3.4).
const LONGEST_LABEL: usize = 63;

/// Parts of a prefix that are AWS's (recorded).
const RESERVED: [&str; 3] = ["aws", "amazon", "cognito"];

/// A prefix: one part of a host name, without the reserved words.
pub(super) fn check_prefix(name: &str) -> Result<(), Fault> {
    if !is_label(name) {
        // recorded
        return Err(Fault::invalid_parameter(
            "The domain name contains an invalid character. Domain names can only contain lower-case letters, \
             numbers, and hyphens. Please enter a different name that follows this format: \
             ^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$",
        ));
    }
    match name.split('-').find(|part| RESERVED.contains(part)) {
        // The text is open.
        Some(word) => Err(Fault::invalid_parameter(format!("Domain cannot contain reserved word: {word}"))),
        None => Ok(()),
    }
}

/// A custom domain: a host name below a domain that somebody can have. Whether there is such a domain is not
/// looked up.
pub(super) fn check_custom(name: &str) -> Result<(), Fault> {
    let labels = name.split('.').count();
    if labels >= 3 && name.split('.').all(is_label) {
        return Ok(());
    }
    // recorded for a name without dots
    Err(Fault::invalid_parameter(
        "Custom domain is not a valid subdomain: Was not able to resolve a DNS A record for the parent domain or \
         domain parent is a top-level domain.",
    ))
}

fn is_label(text: &str) -> bool {
    let of_label = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let inner = !text.starts_with('-') && !text.ends_with('-');
    (1..=LONGEST_LABEL).contains(&text.len()) && inner && text.bytes().all(of_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes() {
        for good in ["a", "1", "a-b", "awsome", "x-awsome-y", "a--b", &"a".repeat(63)] {
            assert!(check_prefix(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a_b", "a.b", "ä", "a b", &"a".repeat(64)] {
            assert!(check_prefix(bad).unwrap_err().message().unwrap().contains("invalid character"), "{bad}");
        }
        for bad in ["aws", "my-aws", "amazon-x", "x-cognito-y"] {
            assert!(check_prefix(bad).unwrap_err().message().unwrap().contains("reserved word"), "{bad}");
        }
    }

    #[test]
    fn custom_domains() {
        for good in ["auth.example.com", "a.b.c.example.com", "xn--x.example.com"] {
            assert!(check_custom(good).is_ok(), "{good}");
        }
        for bad in
            ["auth", "example.com", "auth..com", ".example.com", "auth.example.com.", "Auth.example.com"]
        {
            assert!(check_custom(bad).is_err(), "{bad}");
        }
    }
}
