//! Software token codes: RFC 6238 with HMAC-SHA-1, six digits and steps of 30 seconds.

use aws_lc_rs::hmac;

use crate::digest::equal;

/// Length of a time step in seconds.
pub const STEP_SECONDS: i64 = 30;

const BASE32: [u8; 32] = *b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The time step of a time given in seconds since 1970. Times before 1970 count as step 0.
#[must_use]
pub fn step_at(seconds: i64) -> u64 {
    u64::try_from(seconds.div_euclid(STEP_SECONDS)).unwrap_or_default()
}

/// The six digits for a time step.
#[must_use]
pub fn code(secret: &[u8], step: u64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    // RFC 4226 §5.3: the low four bits of the last byte say where the 31-bit number begins.
    let offset = usize::from(tag.as_ref().last().copied().unwrap_or_default() & 15);
    let number =
        tag.as_ref().iter().skip(offset).take(4).fold(0_u32, |all, byte| all << 8 | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

/// The step that `code` belongs to, among the step of `seconds` and `window` steps before and after it.
///
/// The caller refuses a step that is not after the last accepted one: a code is good once
/// (authentication §11.6, verified). Every candidate is compared in constant time.
#[must_use]
pub fn matching_step(secret: &[u8], code: &str, seconds: i64, window: u64) -> Option<u64> {
    let now = step_at(seconds);
    let steps = now.saturating_sub(window)..=now.saturating_add(window);
    steps.fold(None, |found, step| {
        let matches = equal(self::code(secret, step).as_bytes(), code.as_bytes());
        if matches { Some(step) } else { found }
    })
}

/// The secret as users type it into an authenticator: base32 without padding. 32 bytes give 52 characters.
#[must_use]
pub fn secret_text(secret: &[u8]) -> String {
    let bits = secret.len() * 8;
    (0..bits.div_ceil(5)).map(|digit| char::from(base32_digit(secret, digit * 5))).collect()
}

/// The secret of such a text. Letter case and spaces do not matter, nor does padding.
///
/// Returns `None` if another character is met.
#[must_use]
pub fn secret_from_text(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let mut secret = Vec::with_capacity(text.len() * 5 / 8);
    let (mut buffer, mut bits) = (0_u32, 0);
    for character in text.bytes().filter(|byte| *byte != b' ') {
        let upper = character.to_ascii_uppercase();
        let value = (0_u32..).zip(BASE32).find_map(|(value, digit)| (digit == upper).then_some(value))?;
        buffer = (buffer << 5 | value) & 0xfff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            secret.push((buffer >> bits).to_le_bytes()[0]);
        }
    }
    Some(secret)
}

/// The base32 digit of the five bits that begin at bit `start`; bits after the end are zero.
fn base32_digit(secret: &[u8], start: usize) -> u8 {
    let byte = |index: usize| u16::from(secret.get(index).copied().unwrap_or_default());
    let pair = byte(start / 8) << 8 | byte(start / 8 + 1);
    let value = usize::from(pair >> (11 - start % 8) & 31);
    BASE32.get(value).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn published_vectors() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../../docs/cognito/vectors/srp.json")).unwrap();
        let cases = vectors["totp"].as_array().unwrap();
        assert_eq!(cases.len(), 7);
        for case in cases {
            let text = |name: &str| case[name].as_str().unwrap();
            let epoch = case["epoch"].as_i64().unwrap();
            let step = case["step"].as_u64().unwrap();
            let secret = crate::digest::from_hex(text("key_hex")).unwrap();
            assert_eq!(step_at(epoch), step);
            assert_eq!(code(&secret, step), text("code"));
            assert_eq!(matching_step(&secret, text("code"), epoch, 1), Some(step));
            assert_eq!(secret_text(&secret), text("secret_base32"));
            assert_eq!(secret_from_text(text("secret_base32")), Some(secret));
        }
    }

    #[test]
    fn a_code_is_found_one_step_away_and_not_two() {
        let secret = [7; 32];
        let now = 1_757_030_400;
        let step = step_at(now);
        assert_eq!(matching_step(&secret, &code(&secret, step - 1), now, 1), Some(step - 1));
        assert_eq!(matching_step(&secret, &code(&secret, step + 1), now, 1), Some(step + 1));
        assert_eq!(matching_step(&secret, &code(&secret, step - 2), now, 1), None);
        assert_eq!(matching_step(&secret, &code(&secret, step + 2), now, 1), None);
        assert_eq!(matching_step(&secret, "", now, 1), None);
    }

    #[test]
    fn the_ends_of_time_are_harmless() {
        assert_eq!(step_at(-1), 0);
        assert_eq!(matching_step(b"secret", "x", i64::MIN, 1), None);
        assert_eq!(matching_step(b"secret", "x", i64::MAX, 1), None);
    }

    #[test]
    fn secrets_are_read_as_people_type_them() {
        assert_eq!(secret_from_text("gezd gnbv gy3t qojq ===="), Some(b"1234567890".to_vec()));
        assert_eq!(secret_from_text("gezd gnbv gy3t qojq"), Some(b"1234567890".to_vec()));
        assert_eq!(secret_from_text("GEZDGNBVGY3TQOJQ===="), Some(b"1234567890".to_vec()));
        assert_eq!(secret_from_text("GEZDGNB0"), None, "0 is not a base32 digit");
    }

    proptest! {
        #[test]
        fn secret_text_reads_back(secret: Vec<u8>) {
            prop_assert_eq!(secret_from_text(&secret_text(&secret)), Some(secret));
        }
    }
}
