//! Messages of the AWS Encryption SDK, in which functions that send codes themselves get them
//! (triggers-and-messages §8.12).
//!
//! What Cognito writes: version 1 of the format and algorithm 0x0378. AES-256-GCM under a key that HKDF-SHA384 makes of
//! a data key, signed with ECDSA on P-384, with no commitment to the key. The data key is wrapped by AWS KMS, or by
//! whoever stands in for it.

use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::encoding::{AsBigEndian as _, EcPublicKeyCompressedBin};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA384, Salt};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

#[cfg(test)]
mod tests;

/// Length of a data key in bytes.
pub const DATA_KEY_BYTES: usize = 32;

/// Longest plaintext in bytes: it is written as one frame, and codes are far shorter.
pub const MAX_BYTES: usize = FRAME_BYTES as usize;

/// The member of the encryption context that holds the key of the signature.
const PUBLIC_KEY: &str = "aws-crypto-public-key";

/// The name of AWS KMS among those who wrap data keys.
const PROVIDER: &str = "aws-kms";

const VERSION: u8 = 1;
const CUSTOMER_AUTHENTICATED_ENCRYPTED_DATA: u8 = 0x80;
const ALGORITHM: [u8; 2] = 0x0378_u16.to_be_bytes();
const FRAMED: u8 = 2;
const FRAME_BYTES: u32 = 4096;
const IV_BYTES: u8 = 12;
const LAST_FRAME: [u8; 4] = [0xff; 4];
/// The number of the one frame, which is its initialization vector, too. The header's is 0.
const FIRST: u32 = 1;

/// Why no message was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EncryptError {
    /// The plaintext is longer than [`MAX_BYTES`], or a text or wrapped key longer than 65,535 bytes.
    TooLong,
    /// The library could not make a key or a signature: it found no memory or no randomness.
    Failed,
}

impl fmt::Display for EncryptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "too long for one frame of a message",
            Self::Failed => "no memory or no randomness for an encrypted message",
        })
    }
}

impl std::error::Error for EncryptError {}

impl From<Unspecified> for EncryptError {
    fn from(_: Unspecified) -> Self {
        Self::Failed
    }
}

/// What a message says in the open, and is bound to: pairs of names and values.
pub type EncryptionContext = BTreeMap<String, String>;

/// A data key for one message.
#[derive(Clone, Copy)]
pub struct DataKey<'a> {
    /// The key itself: fresh random bytes.
    pub plaintext: &'a [u8; DATA_KEY_BYTES],
    /// The key as it was wrapped for the message's context.
    pub wrapped: &'a [u8],
    /// The ARN of the KMS key that unwraps it.
    pub key_arn: &'a str,
}

impl fmt::Debug for DataKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataKey").field("key_arn", &self.key_arn).finish_non_exhaustive()
    }
}

/// A message before its plaintext: it has a key of its own to sign with, which the context names.
pub struct Draft {
    id: [u8; 16],
    context: EncryptionContext,
    signing_key: EcdsaKeyPair,
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft").field("context", &self.context).finish_non_exhaustive()
    }
}

impl Draft {
    /// A message named by 16 fresh random bytes. The signing key is from aws-lc's own random generator.
    ///
    /// # Errors
    /// [`EncryptError::Failed`] if aws-lc finds no randomness or memory.
    pub fn new(id: [u8; 16], mut context: EncryptionContext) -> Result<Self, EncryptError> {
        let signing_key = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING)?;
        let public_key: EcPublicKeyCompressedBin<'_> = signing_key.public_key().as_be_bytes()?;
        context.insert(PUBLIC_KEY.to_owned(), STANDARD.encode(public_key.as_ref()));
        Ok(Self { id, context, signing_key })
    }

    /// The whole context: the data key is to be wrapped for it.
    #[must_use]
    pub fn context(&self) -> &EncryptionContext {
        &self.context
    }

    /// The message, in its binary form.
    ///
    /// # Errors
    /// [`EncryptError`].
    pub fn encrypt(self, data_key: &DataKey<'_>, plaintext: &[u8]) -> Result<Vec<u8>, EncryptError> {
        if plaintext.len() > MAX_BYTES {
            return Err(EncryptError::TooLong);
        }
        let key = self.message_key(data_key)?;
        let mut message = self.header(data_key)?;
        let tag = key.seal_in_place_separate_tag(nonce(0), Aad::from(&message), &mut [])?;
        message.extend([0; IV_BYTES as usize]);
        message.extend(tag.as_ref());
        self.put_frame(&mut message, &key, plaintext)?;
        let signature = self.signing_key.sign(&SystemRandom::new(), &message)?;
        put_sized(&mut message, signature.as_ref())?;
        Ok(message)
    }

    /// The key of this message alone, made of the data key.
    fn message_key(&self, data_key: &DataKey<'_>) -> Result<LessSafeKey, EncryptError> {
        let secret = Salt::new(HKDF_SHA384, &[]).extract(data_key.plaintext);
        let info = [ALGORITHM.as_slice(), &self.id];
        Ok(LessSafeKey::new(UnboundKey::from(secret.expand(&info, &AES_256_GCM)?)))
    }

    fn header(&self, data_key: &DataKey<'_>) -> Result<Vec<u8>, EncryptError> {
        let mut header = vec![VERSION, CUSTOMER_AUTHENTICATED_ENCRYPTED_DATA];
        header.extend(ALGORITHM);
        header.extend(self.id);
        let mut context = Vec::new();
        context.extend(sixteen_bits(self.context.len())?);
        for (name, value) in &self.context {
            put_sized(&mut context, name.as_bytes())?;
            put_sized(&mut context, value.as_bytes())?;
        }
        put_sized(&mut header, &context)?;
        header.extend(sixteen_bits(1)?);
        for part in [PROVIDER.as_bytes(), data_key.key_arn.as_bytes(), data_key.wrapped] {
            put_sized(&mut header, part)?;
        }
        header.push(FRAMED);
        header.extend([0; 4]);
        header.push(IV_BYTES);
        header.extend(FRAME_BYTES.to_be_bytes());
        Ok(header)
    }

    /// The body: one frame, which is the last.
    fn put_frame(
        &self,
        message: &mut Vec<u8>,
        key: &LessSafeKey,
        plaintext: &[u8],
    ) -> Result<(), EncryptError> {
        let length = u32::try_from(plaintext.len()).map_err(|_| EncryptError::TooLong)?;
        let mut bound = self.id.to_vec();
        bound.extend(b"AWSKMSEncryptionClient Final Frame");
        bound.extend(FIRST.to_be_bytes());
        bound.extend(u64::from(length).to_be_bytes());
        let mut content = plaintext.to_vec();
        let tag = key.seal_in_place_separate_tag(nonce(FIRST), Aad::from(bound), &mut content)?;
        message.extend(LAST_FRAME);
        message.extend(FIRST.to_be_bytes());
        message.extend(iv(FIRST));
        message.extend(length.to_be_bytes());
        message.extend(content);
        message.extend(tag.as_ref());
        Ok(())
    }
}

/// The initialization vector of a frame, by its number. Each key is used for one message only.
fn iv(number: u32) -> [u8; IV_BYTES as usize] {
    let [a, b, c, d] = number.to_be_bytes();
    [0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d]
}

fn nonce(number: u32) -> Nonce {
    Nonce::assume_unique_for_key(iv(number))
}

/// Appends bytes behind their length.
fn put_sized(to: &mut Vec<u8>, bytes: &[u8]) -> Result<(), EncryptError> {
    to.extend(sixteen_bits(bytes.len())?);
    to.extend(bytes);
    Ok(())
}

fn sixteen_bits(number: usize) -> Result<[u8; 2], EncryptError> {
    Ok(u16::try_from(number).map_err(|_| EncryptError::TooLong)?.to_be_bytes())
}
