//! Sealing: authenticated encryption, envelope keys and keyed hashes.
//!
//! A sealed value is a version byte, a nonce of 12 bytes, the ciphertext and a tag of 16 bytes (AES-256-GCM). What
//! it belongs to (pool, client, purpose) goes in as additional data, so that it cannot be moved elsewhere.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    aead::{self, Aad, LessSafeKey, Nonce, UnboundKey},
    error::Unspecified,
    hmac,
};
use base64::{
    Engine as _,
    engine::general_purpose::{GeneralPurpose, STANDARD, URL_SAFE_NO_PAD},
};
use zeroize::Zeroizing;

use crate::digest;

/// Length of a key in bytes.
pub const KEY_BYTES: usize = 32;

/// Length of a nonce in bytes.
pub const NONCE_BYTES: usize = aead::NONCE_LEN;

/// Bytes that sealing adds to a plaintext.
pub const OVERHEAD: usize = 1 + NONCE_BYTES + TAG_BYTES;

const TAG_BYTES: usize = 16;

/// The only format so far.
const VERSION: u8 = 1;

/// Why a sealed value was not opened. To a client both are the same answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenError {
    /// The text or the bytes do not have the form of a sealed value.
    Malformed,
    /// Changed, sealed under another key, or sealed for another purpose.
    NotAuthentic,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not a sealed value",
            Self::NotAuthentic => "the sealed value was changed, or belongs to another key or purpose",
        })
    }
}

impl std::error::Error for OpenError {}

/// A 256-bit key with everything prepared that it is used for. A clone is the same key, shared, and costs nothing.
///
/// The bytes themselves only feed HKDF-SHA256. Encryption, keyed hashes and derived keys each have their own key,
/// so that no output of one says anything about another.
#[derive(Clone)]
pub struct Key(Arc<Prepared>);

struct Prepared {
    bytes: Zeroizing<[u8; KEY_BYTES]>,
    root: hmac::Key,
    cipher: LessSafeKey,
    mac: hmac::Key,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

impl Key {
    /// A key from 32 uniformly random bytes.
    #[must_use]
    pub fn new(bytes: [u8; KEY_BYTES]) -> Self {
        let bytes = Zeroizing::new(bytes);
        let root = hmac::Key::new(hmac::HMAC_SHA256, bytes.as_slice());
        let cipher = UnboundKey::new(&aead::AES_256_GCM, expand(&root, "seal", b"").as_slice());
        let mac = hmac::Key::new(hmac::HMAC_SHA256, expand(&root, "mac", b"").as_slice());
        Self(Arc::new(Prepared { cipher: LessSafeKey::new(succeed(cipher)), mac, root, bytes }))
    }

    /// The key for one purpose. Different labels give keys that say nothing about each other.
    #[must_use]
    pub fn derive(&self, label: &str) -> Self {
        Self::new(*expand(&self.0.root, "derive", label.as_bytes()))
    }

    /// HMAC-SHA256 of the concatenation of `parts`: for hashes of codes, and for values that must look random and
    /// stay the same. The caller keeps parts of variable length apart.
    #[must_use]
    pub fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        keyed_hash(&self.0.mac, parts)
    }

    /// Whether `tag` is the [`Key::mac`] of `parts`, compared in constant time.
    #[must_use]
    pub fn mac_matches(&self, parts: &[&[u8]], tag: &[u8]) -> bool {
        digest::equal(&self.mac(parts), tag)
    }

    /// Seals `plaintext` for the context `aad`. The result is [`OVERHEAD`] bytes longer.
    ///
    /// `nonce` must be fresh random bytes: with a nonce used twice both plaintexts can be read and any forged.
    /// Random nonces allow 2³² values under one key.
    #[must_use]
    pub fn seal(&self, nonce: [u8; NONCE_BYTES], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(plaintext.len() + OVERHEAD);
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plaintext);
        let (_, body) = sealed.split_at_mut(1 + NONCE_BYTES);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = succeed(self.0.cipher.seal_in_place_separate_tag(nonce, Aad::from(aad), body));
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    /// The plaintext of what [`Key::seal`] made for the same context.
    ///
    /// # Errors
    /// [`OpenError`] if the bytes are not that.
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let (version, rest) = sealed.split_first().ok_or(OpenError::Malformed)?;
        let (nonce, body) = rest.split_first_chunk().ok_or(OpenError::Malformed)?;
        if *version != VERSION || body.len() < TAG_BYTES {
            return Err(OpenError::Malformed);
        }
        let mut plaintext = body.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.0.cipher.open_in_place(nonce, Aad::from(aad), &mut plaintext);
        let length = opened.map_err(|_| OpenError::NotAuthentic)?.len();
        plaintext.truncate(length);
        Ok(plaintext)
    }

    /// [`Key::seal`] as base64url without padding: for tokens, sessions and page marks.
    #[must_use]
    pub fn seal_text(&self, nonce: [u8; NONCE_BYTES], aad: &[u8], plaintext: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(self.seal(nonce, aad, plaintext))
    }

    /// The plaintext of [`Key::seal_text`].
    ///
    /// # Errors
    /// [`OpenError`] if the text is not that.
    pub fn open_text(&self, aad: &[u8], text: &str) -> Result<Vec<u8>, OpenError> {
        self.open_encoded(&URL_SAFE_NO_PAD, aad, text)
    }

    /// [`Key::seal`] as standard base64 with padding: the form of `SECRET_BLOCK`, whose decoded bytes clients
    /// sign (authentication §8.2).
    #[must_use]
    pub fn seal_padded_text(&self, nonce: [u8; NONCE_BYTES], aad: &[u8], plaintext: &[u8]) -> String {
        STANDARD.encode(self.seal(nonce, aad, plaintext))
    }

    /// The plaintext of [`Key::seal_padded_text`].
    ///
    /// # Errors
    /// [`OpenError`] if the text is not that.
    pub fn open_padded_text(&self, aad: &[u8], text: &str) -> Result<Vec<u8>, OpenError> {
        self.open_encoded(&STANDARD, aad, text)
    }

    /// Seals another key, as a master key seals the data key of a pool.
    #[must_use]
    pub fn wrap(&self, key: &Self, nonce: [u8; NONCE_BYTES], aad: &[u8]) -> Vec<u8> {
        self.seal(nonce, aad, key.0.bytes.as_slice())
    }

    /// The key that [`Key::wrap`] sealed.
    ///
    /// # Errors
    /// [`OpenError`] if the bytes are not that.
    pub fn unwrap(&self, aad: &[u8], wrapped: &[u8]) -> Result<Self, OpenError> {
        let bytes = Zeroizing::new(self.open(aad, wrapped)?);
        bytes.as_slice().try_into().map(Self::new).map_err(|_| OpenError::Malformed)
    }

    fn open_encoded(&self, base64: &GeneralPurpose, aad: &[u8], text: &str) -> Result<Vec<u8>, OpenError> {
        self.open(aad, &base64.decode(text).map_err(|_| OpenError::Malformed)?)
    }
}

/// HKDF-Expand of RFC 5869 for one block of output.
fn expand(root: &hmac::Key, use_of_key: &str, label: &[u8]) -> Zeroizing<[u8; KEY_BYTES]> {
    Zeroizing::new(keyed_hash(root, &[b"poolhouse ", use_of_key.as_bytes(), b"\0", label, &[1]]))
}

fn keyed_hash(key: &hmac::Key, parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(part);
    }
    let mut tag = [0; 32];
    tag.copy_from_slice(context.sign().as_ref());
    tag
}

/// The result of an operation that only missing memory can make fail: key and nonce have the lengths of the
/// algorithm by type, and a plaintext never has the 64 GiB at which AES-GCM ends.
#[expect(clippy::expect_used, reason = "an allocation failure ends the task, as Rust's own do")]
fn succeed<T>(result: Result<T, Unspecified>) -> T {
    result.expect("memory for AES-GCM")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(byte: u8) -> Key {
        Key::new([byte; 32])
    }

    #[test]
    fn the_format_does_not_change() {
        // Values sealed by earlier releases must stay readable: derivation, layout and cipher are all in here.
        let sealed = key(1).derive("refresh token").seal([2; 12], b"pool", b"hello");
        assert_eq!(
            digest::hex(&sealed),
            "0102020202020202020202020266a0590d5691d8b54aea5e197f993757d046f5f856"
        );
        assert_eq!(
            digest::hex(&key(1).mac(&[b"ab", b"c"])),
            "85f4c015599c974067d9d65d24370a25c54570fe4ed531fee9651c1d83d5e05b"
        );
    }

    #[test]
    fn another_key_context_or_label_does_not_open() {
        let sealed = key(1).seal([2; 12], b"pool a", b"hello");
        assert_eq!(key(1).open(b"pool a", &sealed), Ok(b"hello".to_vec()));
        assert_eq!(key(1).open(b"pool b", &sealed), Err(OpenError::NotAuthentic));
        assert_eq!(key(3).open(b"pool a", &sealed), Err(OpenError::NotAuthentic));
        assert_eq!(key(1).derive("x").open(b"pool a", &sealed), Err(OpenError::NotAuthentic));
    }

    #[test]
    fn an_unknown_version_or_a_short_value_is_malformed() {
        let mut sealed = key(1).seal([2; 12], b"", b"");
        assert_eq!(sealed.len(), OVERHEAD);
        for length in 0..OVERHEAD {
            assert_eq!(key(1).open(b"", &sealed[..length]), Err(OpenError::Malformed));
        }
        sealed[0] = 2;
        assert_eq!(key(1).open(b"", &sealed), Err(OpenError::Malformed));
    }

    #[test]
    fn labels_and_uses_give_unrelated_keys() {
        let root = key(1);
        assert_ne!(root.derive("a").mac(&[b"x"]), root.derive("b").mac(&[b"x"]));
        assert_ne!(root.derive("a").mac(&[b"x"]), root.mac(&[b"x"]));
        // A caller's input to `mac` must not reach the input of the derivation.
        assert_ne!(root.mac(&[b"poolhouse derive\0a\x01"]), *root.derive("a").0.bytes);
    }

    #[test]
    fn a_wrapped_key_is_the_same_key() {
        let (master, data) = (key(1), key(2));
        let wrapped = master.wrap(&data, [3; 12], b"pool");
        assert_eq!(master.unwrap(b"pool", &wrapped).unwrap().mac(&[b"x"]), data.mac(&[b"x"]));
        assert_eq!(master.unwrap(b"other", &wrapped).unwrap_err(), OpenError::NotAuthentic);
        let no_key = master.seal([4; 12], b"pool", b"31 bytes are not a key........");
        assert_eq!(master.unwrap(b"pool", &no_key).unwrap_err(), OpenError::Malformed);
    }

    #[test]
    fn keyed_hashes_are_compared() {
        let tag = key(1).mac(&[b"123456"]);
        assert!(key(1).mac_matches(&[b"123", b"456"], &tag));
        assert!(!key(1).mac_matches(&[b"123457"], &tag));
        assert!(!key(1).mac_matches(&[b"123456"], &tag[..31]));
    }

    #[test]
    fn debug_output_shows_nothing() {
        assert_eq!(format!("{:?}", key(1)), "Key(..)");
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens(nonce: [u8; 12], aad: Vec<u8>, plaintext: Vec<u8>) {
            let key = key(7);
            let sealed = key.seal(nonce, &aad, &plaintext);
            prop_assert_eq!(sealed.len(), plaintext.len() + OVERHEAD);
            prop_assert_eq!(key.open(&aad, &sealed), Ok(plaintext.clone()));
            let text = key.seal_text(nonce, &aad, &plaintext);
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
            prop_assert_eq!(key.open_text(&aad, &text), Ok(plaintext.clone()));
            let text = key.seal_padded_text(nonce, &aad, &plaintext);
            prop_assert_eq!(text.len() % 4, 0);
            prop_assert_eq!(key.open_padded_text(&aad, &text), Ok(plaintext));
        }

        #[test]
        fn a_changed_bit_is_refused(plaintext: Vec<u8>, place: prop::sample::Index, bit in 0..8) {
            let mut sealed = key(7).seal([1; 12], b"context", &plaintext);
            let place = place.index(sealed.len());
            sealed[place] ^= 1_u8 << bit;
            prop_assert!(key(7).open(b"context", &sealed).is_err());
        }

        #[test]
        fn any_text_is_refused(text in ".{0,80}", bytes: Vec<u8>) {
            prop_assert!(key(7).open_text(b"", &text).is_err());
            prop_assert!(key(7).open_padded_text(b"", &text).is_err());
            prop_assert!(key(7).open(b"", &bytes).is_err());
        }
    }
}
