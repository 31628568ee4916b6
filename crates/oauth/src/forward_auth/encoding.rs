//! Names as they stand in headers: no two of them look alike, and none of them ends a line.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What is not visible ASCII, the sign that begins an encoded octet, and the comma that stands between names.
const NAME: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b',');

/// The name of a user or group.
pub(super) fn name(name: &str) -> String {
    utf8_percent_encode(name, NAME).to_string()
}

/// Scopes, separated by blanks. They consist of visible ASCII, unless a function made them up.
pub(super) fn scope(scope: &str) -> String {
    utf8_percent_encode(scope, CONTROLS).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_names_look_alike() {
        for (plain, encoded) in [
            ("alice", "alice"),
            ("alice@example.com+1", "alice@example.com+1"),
            ("Ärzte", "%C3%84rzte"),
            ("%C3%84rzte", "%25C3%2584rzte"),
            ("a,b", "a%2Cb"),
            (" a b ", "%20a%20b%20"),
            ("a\r\nX-Auth-User: root", "a%0D%0AX-Auth-User:%20root"),
            ("\u{7f}", "%7F"),
        ] {
            assert_eq!(name(plain), encoded);
        }
    }

    #[test]
    fn scopes_stay_as_they_are() {
        let usual = "aws.cognito.signin.user.admin https://api.example.com/%20/read";
        assert_eq!(scope(usual), usual);
        assert_eq!(scope("a\nb ü"), "a%0Ab %C3%BC");
    }
}
