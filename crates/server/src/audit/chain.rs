//! The chain: each record says which one it follows, under a key that whoever can write to the files does not have.

use std::fmt::Write as _;

use poolhouse_crypto::seal::Key;
use serde::Deserialize;

/// What the first record of a chain follows.
pub(super) const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Between what a record's code covers and the code.
const BEFORE_MAC: &str = ",\"mac\":\"";
const AFTER_MAC: &str = "\"}}";

/// Where a chain stands: its last record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) sequence: i64,
    pub(super) mac: String,
}

impl Head {
    /// Where a chain begins.
    pub(super) fn of_nothing() -> Self {
        Self { sequence: 0, mac: NOTHING.to_owned() }
    }
}

/// What a record says of its place.
#[derive(Debug, Deserialize, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) id: String,
    pub(super) sequence: i64,
    pub(super) previous: String,
    /// How many records before it could not be kept.
    #[serde(default)]
    pub(super) lost: u64,
    pub(super) mac: String,
}

#[derive(Deserialize)]
struct Line {
    chain: Link,
}

/// The line of a record that follows `head`, and where the chain stands after it.
pub(super) fn link(key: &Key, id: &str, head: &Head, lost: u64, record: &str) -> (String, Head) {
    let sequence = head.sequence + 1;
    let mut line = record.strip_suffix('}').unwrap_or(record).to_owned();
    // Writing to a string cannot fail.
    let _ =
        write!(line, ",\"chain\":{{\"id\":\"{id}\",\"sequence\":{sequence},\"previous\":\"{}\"", head.mac);
    if lost > 0 {
        let _ = write!(line, ",\"lost\":{lost}");
    }
    let mac = code(key, &line);
    let _ = write!(line, "{BEFORE_MAC}{mac}{AFTER_MAC}");
    (line, Head { sequence, mac })
}

/// What a line says of its place, where the key proves it.
pub(super) fn proven(key: &Key, line: &str) -> Option<Link> {
    let (covered, rest) = line.rsplit_once(BEFORE_MAC)?;
    let mac = rest.strip_suffix(AFTER_MAC)?;
    let Line { chain } = serde_json::from_str(line).ok()?;
    (mac == code(key, covered) && chain.mac == mac).then_some(chain)
}

fn code(key: &Key, covered: &str) -> String {
    let mut text = String::with_capacity(NOTHING.len());
    for byte in key.mac(&[covered.as_bytes()]) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_proves_its_place_and_everything_in_it() {
        let key = Key::new([1; 32]);
        let (first, head) = link(&key, "c", &Head::of_nothing(), 0, r#"{"a":"b"}"#);
        let (second, _) = link(&key, "c", &head, 3, r#"{"a":",\"mac\":\"x"}"#);
        let of_first = proven(&key, &first).unwrap();
        assert_eq!((of_first.sequence, of_first.previous.as_str(), of_first.lost), (1, NOTHING, 0));
        let of_second = proven(&key, &second).unwrap();
        assert_eq!((of_second.sequence, of_second.lost), (2, 3));
        assert_eq!(of_second.previous, of_first.mac);
        assert_eq!(proven(&Key::new([2; 32]), &first), None);
        for position in 0..first.len() {
            let mut changed = first.clone().into_bytes();
            changed[position] ^= 1;
            let Ok(changed) = String::from_utf8(changed) else { continue };
            assert_eq!(proven(&key, &changed), None, "{changed}");
        }
        assert_eq!(proven(&key, ""), None);
    }
}
