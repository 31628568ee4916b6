//! SHA-256, SHA-1 where others demand it, hexadecimal text and comparison in constant time.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

/// SHA-256 of the concatenation of `parts`.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// SHA-1, broken for signatures: for data that others publish under it.
#[must_use]
pub fn sha1(bytes: &[u8]) -> [u8; 20] {
    let mut hash = [0; 20];
    hash.copy_from_slice(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref());
    hash
}

/// Lower-case hexadecimal text, two digits for each byte.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(hex_digit).collect()
}

/// Bytes of hexadecimal text in either letter case. An odd number of digits reads as if a `0` stood in front.
///
/// Returns `None` for empty text and for anything that is not a digit.
#[must_use]
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() {
        return None;
    }
    let digits = text.bytes().map(hex_value).collect::<Option<Vec<u8>>>()?;
    // Pairs are counted from the right end, which is where an odd digit is not missing.
    let mut bytes: Vec<u8> =
        digits.rchunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
    bytes.reverse();
    Some(bytes)
}

/// Bytes of base64url text without padding, as Web Authentication writes them.
///
/// Returns `None` for anything else.
#[must_use]
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Whether two byte strings are equal. The time depends on the lengths only.
#[must_use]
pub fn equal(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

fn hex_digit(value: u8) -> char {
    char::from(if value < 10 { b'0' + value } else { b'a' + value - 10 })
}

fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_of_parts_is_the_hash_of_their_concatenation() {
        // FIPS 180-2, appendix B.1
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex(&sha256(&[b"abc"])), expected);
        assert_eq!(hex(&sha256(&[b"a", b"", b"bc"])), expected);
    }

    #[test]
    fn sha1_is_the_hash_that_was_published() {
        // FIPS 180-2, appendix A.1
        assert_eq!(hex(&sha1(b"abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
    }

    #[test]
    fn hex_reads_both_letter_cases_and_odd_lengths() {
        assert_eq!(from_hex("00fFa"), Some(vec![0x00, 0x0f, 0xfa]));
        assert_eq!(from_hex("7"), Some(vec![7]));
        assert_eq!(hex(&[0, 0x0f, 0xfa]), "000ffa");
    }

    #[test]
    fn hex_refuses_what_is_not_a_digit() {
        for text in ["", "-1", "+1", " 1", "0x1", "xyz", "é"] {
            assert_eq!(from_hex(text), None, "{text:?}");
        }
    }

    #[test]
    fn equality_compares_length_and_content() {
        assert!(equal(b"same", b"same"));
        assert!(!equal(b"same", b"sane"));
        assert!(!equal(b"same", b"sam"));
    }
}
