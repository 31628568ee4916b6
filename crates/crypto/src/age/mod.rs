//! Files encrypted with age (<https://age-encryption.org/v1>), to recipients with X25519 keys.
//!
//! A header wraps the key of the file for each recipient; the content follows in chunks of 64 KiB, each sealed with
//! ChaCha20-Poly1305, the last one marked. Read and written whole, since callers bound what is in a file.

mod bech32;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::agreement::{PrivateKey, UnparsedPublicKey, X25519, agree};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

const VERSION: &str = "age-encryption.org/v1\n";
const STANZA: &str = "X25519";
const END: &str = "---";
const RECIPIENT: &str = "age";
const IDENTITY: &str = "age-secret-key-";

const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;
const FILE_KEY: usize = 16;
const KEY: usize = 32;

/// Longest header that is read, in bytes: some hundred recipients.
const LONGEST_HEADER: usize = 16 * 1024;

/// The random bytes that a file takes: for its key, its content, and one key for each recipient.
#[derive(Debug)]
pub struct Randomness {
    /// The key of the file.
    pub file_key: [u8; FILE_KEY],
    /// What the key of its content is derived with.
    pub nonce: [u8; 16],
    /// The private key of each stanza, as many as there are recipients.
    pub ephemeral: Vec<[u8; KEY]>,
}

/// Whom a file is for: a public key, `age1…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient([u8; KEY]);

/// Who opens it: a private key, `AGE-SECRET-KEY-1…`.
pub struct Identity(Zeroizing<[u8; KEY]>);

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(..)")
    }
}

/// Why something is not read or made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgeError {
    /// The text is no key of this kind.
    NoKey,
    /// The bytes are no file of age, or not all of one.
    Malformed,
    /// It is for others.
    NotForUs,
    /// Its header or its content was changed.
    NotAuthentic,
    /// A key is none that can be agreed with, or there is no recipient.
    Unusable,
}

impl fmt::Display for AgeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoKey => "not a key of age",
            Self::Malformed => "not a whole file of age",
            Self::NotForUs => "encrypted for another key",
            Self::NotAuthentic => "changed after it was encrypted",
            Self::Unusable => "a key that nothing can be encrypted for",
        })
    }
}

impl std::error::Error for AgeError {}

impl From<Unspecified> for AgeError {
    fn from(_: Unspecified) -> Self {
        Self::Unusable
    }
}

impl FromStr for Recipient {
    type Err = AgeError;

    fn from_str(text: &str) -> Result<Self, AgeError> {
        bech32::decode(RECIPIENT, text)
            .and_then(|bytes| bytes.as_slice().try_into().ok())
            .map(Self)
            .ok_or(AgeError::NoKey)
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bech32::encode(RECIPIENT, &self.0))
    }
}

impl FromStr for Identity {
    type Err = AgeError;

    fn from_str(text: &str) -> Result<Self, AgeError> {
        // Written in capitals, all of it.
        if text.bytes().any(|byte| byte.is_ascii_lowercase()) {
            return Err(AgeError::NoKey);
        }
        let bytes = bech32::decode(IDENTITY, &text.to_ascii_lowercase()).map(Zeroizing::new);
        bytes.and_then(|bytes| bytes.as_slice().try_into().ok()).map(Self::new).ok_or(AgeError::NoKey)
    }
}

impl Identity {
    /// The identity of these 32 random bytes.
    #[must_use]
    pub fn new(bytes: [u8; KEY]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Its text, which is secret.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(bech32::encode(IDENTITY, self.0.as_slice()).to_ascii_uppercase())
    }

    /// Whom to encrypt for so that this identity opens it.
    ///
    /// # Errors
    /// When the library finds no memory.
    pub fn recipient(&self) -> Result<Recipient, AgeError> {
        public_key(&self.private_key()?)
    }

    fn private_key(&self) -> Result<PrivateKey, AgeError> {
        PrivateKey::from_private_key(&X25519, self.0.as_slice()).map_err(|_| AgeError::Unusable)
    }

    /// The key of a file, where this stanza is for us.
    fn unwrap(&self, stanza: &Stanza) -> Result<Option<[u8; FILE_KEY]>, AgeError> {
        let key = wrapping_key(&self.private_key()?, &stanza.share, &stanza.share, &self.recipient()?.0)?;
        let mut body = stanza.body.to_vec();
        let opened = cipher(key.as_slice())?.open_in_place(
            Nonce::assume_unique_for_key([0; NONCE_LEN]),
            Aad::empty(),
            &mut body,
        );
        Ok(opened.ok().and_then(|key| (&*key).try_into().ok()))
    }
}

fn public_key(private: &PrivateKey) -> Result<Recipient, AgeError> {
    let public = private.compute_public_key()?;
    public.as_ref().try_into().map(Recipient).map_err(|_| AgeError::Unusable)
}

/// Encrypts for all of these recipients.
///
/// `randomness` must be fresh: used twice, it gives away what is in both files.
///
/// # Errors
/// [`AgeError::Unusable`] without a recipient, or for one that is no point of the curve.
pub fn encrypt(plain: &[u8], recipients: &[Recipient], randomness: &Randomness) -> Result<Vec<u8>, AgeError> {
    if recipients.is_empty() || randomness.ephemeral.len() != recipients.len() {
        return Err(AgeError::Unusable);
    }
    let mut file = VERSION.as_bytes().to_vec();
    for (recipient, ephemeral) in recipients.iter().zip(&randomness.ephemeral) {
        let private = PrivateKey::from_private_key(&X25519, ephemeral).map_err(|_| AgeError::Unusable)?;
        let share = public_key(&private)?.0;
        let key = wrapping_key(&private, &recipient.0, &share, &recipient.0)?;
        let mut body = randomness.file_key.to_vec();
        let nonce = Nonce::assume_unique_for_key([0; NONCE_LEN]);
        cipher(key.as_slice())?.seal_in_place_append_tag(nonce, Aad::empty(), &mut body)?;
        let (share, body) = (STANDARD_NO_PAD.encode(share), STANDARD_NO_PAD.encode(body));
        file.extend_from_slice(format!("-> {STANZA} {share}\n{body}\n").as_bytes());
    }
    file.extend_from_slice(END.as_bytes());
    let mac = hmac::sign(&header_key(&randomness.file_key)?, &file);
    file.extend_from_slice(format!(" {}\n", STANDARD_NO_PAD.encode(mac)).as_bytes());
    file.extend_from_slice(&randomness.nonce);
    let cipher = content_cipher(&randomness.file_key, &randomness.nonce)?;
    // An empty content is one empty chunk.
    let chunks = plain.len().div_ceil(CHUNK).max(1);
    file.reserve(plain.len() + chunks * TAG);
    for number in 0..chunks {
        let start = number * CHUNK;
        let chunk = plain.get(start..plain.len().min(start + CHUNK)).unwrap_or_default();
        let at = file.len();
        file.extend_from_slice(chunk);
        let body = file.get_mut(at..).unwrap_or_default();
        let tag = cipher.seal_in_place_separate_tag(
            chunk_nonce(number, number + 1 == chunks),
            Aad::empty(),
            body,
        )?;
        file.extend_from_slice(tag.as_ref());
    }
    Ok(file)
}

/// What was encrypted, if it is for one of these identities.
///
/// # Errors
/// [`AgeError::Malformed`] for something else, [`AgeError::NotForUs`] without the right identity,
/// [`AgeError::NotAuthentic`] where something was changed.
pub fn decrypt(file: &[u8], identities: &[Identity]) -> Result<Vec<u8>, AgeError> {
    let header = Header::read(file)?;
    let key = header.file_key(identities)?;
    let (authenticated, mac) = (header.authenticated, &header.mac);
    hmac::verify(&header_key(&key)?, authenticated, mac).map_err(|_| AgeError::NotAuthentic)?;
    let (nonce, content) = header.content.split_first_chunk::<16>().ok_or(AgeError::Malformed)?;
    let cipher = content_cipher(&key, nonce)?;
    let mut plain = Vec::with_capacity(content.len());
    let mut chunks = content.chunks(CHUNK + TAG).enumerate().peekable();
    if chunks.peek().is_none() {
        return Err(AgeError::Malformed);
    }
    while let Some((number, chunk)) = chunks.next() {
        let last = chunks.peek().is_none();
        // Only all of an empty content is an empty chunk.
        if chunk.len() < TAG || (chunk.len() == TAG && number > 0) {
            return Err(AgeError::Malformed);
        }
        let mut chunk = chunk.to_vec();
        let opened = cipher.open_in_place(chunk_nonce(number, last), Aad::empty(), &mut chunk);
        plain.extend_from_slice(opened.map_err(|_| AgeError::NotAuthentic)?);
    }
    Ok(plain)
}

/// What a recipient finds its key by.
struct Stanza {
    share: [u8; KEY],
    body: [u8; FILE_KEY + TAG],
}

struct Header<'a> {
    stanzas: Vec<Stanza>,
    /// The bytes that the code at its end is of.
    authenticated: &'a [u8],
    mac: Vec<u8>,
    content: &'a [u8],
}

impl<'a> Header<'a> {
    fn read(file: &'a [u8]) -> Result<Self, AgeError> {
        let mut rest = file.strip_prefix(VERSION.as_bytes()).ok_or(AgeError::Malformed)?;
        let mut stanzas = Vec::new();
        loop {
            let read = file.len() - rest.len();
            if read > LONGEST_HEADER {
                return Err(AgeError::Malformed);
            }
            let first = line(&mut rest)?;
            if let Some(mac) = first.strip_prefix(END).and_then(|end| end.strip_prefix(' ')) {
                let authenticated = file.get(..read + END.len()).ok_or(AgeError::Malformed)?;
                return Ok(Self { stanzas, authenticated, mac: base64(mac)?, content: rest });
            }
            let arguments = first.strip_prefix("-> ").ok_or(AgeError::Malformed)?;
            let mut body = String::new();
            loop {
                let more = line(&mut rest)?;
                body.push_str(more);
                // The last line of a body is the first that is not full.
                if more.len() < 64 {
                    break;
                }
            }
            // Stanzas of other kinds are for others.
            if let Some(share) = arguments.strip_prefix(STANZA).and_then(|share| share.strip_prefix(' ')) {
                let share = base64(share)?.try_into().map_err(|_| AgeError::Malformed)?;
                let body = base64(&body)?.try_into().map_err(|_| AgeError::Malformed)?;
                stanzas.push(Stanza { share, body });
            }
        }
    }

    fn file_key(&self, identities: &[Identity]) -> Result<[u8; FILE_KEY], AgeError> {
        for identity in identities {
            for stanza in &self.stanzas {
                if let Some(key) = identity.unwrap(stanza)? {
                    return Ok(key);
                }
            }
        }
        Err(AgeError::NotForUs)
    }
}

/// The next line of a header, without its end.
fn line<'a>(rest: &mut &'a [u8]) -> Result<&'a str, AgeError> {
    let end = rest.iter().take(LONGEST_HEADER).position(|byte| *byte == b'\n').ok_or(AgeError::Malformed)?;
    let (line, behind) = rest.split_at_checked(end).ok_or(AgeError::Malformed)?;
    *rest = behind.get(1..).ok_or(AgeError::Malformed)?;
    std::str::from_utf8(line).map_err(|_| AgeError::Malformed)
}

fn base64(text: &str) -> Result<Vec<u8>, AgeError> {
    STANDARD_NO_PAD.decode(text).map_err(|_| AgeError::Malformed)
}

/// The key that wraps the file's, of what both sides agree on.
fn wrapping_key(
    private: &PrivateKey,
    peer: &[u8; KEY],
    share: &[u8; KEY],
    recipient: &[u8; KEY],
) -> Result<Zeroizing<[u8; KEY]>, AgeError> {
    let salt = [share.as_slice(), recipient].concat();
    agree(private, UnparsedPublicKey::new(&X25519, peer), AgeError::Unusable, |secret| {
        derive(&salt, secret, "age-encryption.org/v1/X25519")
    })
}

fn header_key(file_key: &[u8; FILE_KEY]) -> Result<hmac::Key, AgeError> {
    Ok(hmac::Key::new(hmac::HMAC_SHA256, derive(&[], file_key, "header")?.as_slice()))
}

fn content_cipher(file_key: &[u8; FILE_KEY], nonce: &[u8; 16]) -> Result<LessSafeKey, AgeError> {
    cipher(derive(nonce, file_key, "payload")?.as_slice())
}

fn cipher(key: &[u8]) -> Result<LessSafeKey, AgeError> {
    Ok(LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key)?))
}

fn derive(salt: &[u8], secret: &[u8], label: &str) -> Result<Zeroizing<[u8; KEY]>, AgeError> {
    let mut key = Zeroizing::new([0; KEY]);
    let info = [label.as_bytes()];
    Salt::new(HKDF_SHA256, salt).extract(secret).expand(&info, HKDF_SHA256)?.fill(key.as_mut_slice())?;
    Ok(key)
}

/// Eleven bytes of counter, one that marks the last chunk.
fn chunk_nonce(number: usize, last: bool) -> Nonce {
    let mut nonce = [0; NONCE_LEN];
    if let Some(counter) = nonce.get_mut(3..11) {
        counter.copy_from_slice(&(number as u64).to_be_bytes());
    }
    nonce[NONCE_LEN - 1] = u8::from(last);
    Nonce::assume_unique_for_key(nonce)
}
