//! Encrypted assertions: XML Encryption with a key that RSA transports.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    AES_128, AES_128_KEY_LEN, AES_256, AES_256_KEY_LEN, AES_CBC_IV_LEN, DecryptionContext,
    PaddedBlockDecryptingKey, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::rand;
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512,
    OaepAlgorithm, OaepPrivateDecryptingKey, Pkcs1PrivateDecryptingKey,
};
use zeroize::Zeroizing;

use crate::element::Element;
use crate::key::DecryptionKey;
use crate::names::{
    AES128_CBC, AES128_GCM, AES256_CBC, AES256_GCM, ENCRYPTION, ENCRYPTION_11, MGF1_SHA1, MGF1_SHA256,
    MGF1_SHA384, MGF1_SHA512, RSA_1_5, RSA_OAEP, RSA_OAEP_MGF1P, SHA1, SHA256, SHA384, SHA512, SIGNATURE,
};
use crate::{Legacy, Refusal, base64_text};

/// Decrypts an `EncryptedAssertion`. All that can be wrong with what is encrypted gets one answer.
///
/// CBC does not tell whether it was changed: who may send changed ones as often as he likes, and sees what becomes of them,
/// reads the assertion (XML Encryption 1.1, 6.1.1). `is_signed` says that the encrypted form is signed, so that nobody can.
pub(crate) fn decrypt(
    encrypted: Element<'_>,
    key: &DecryptionKey,
    is_signed: bool,
    legacy: Legacy,
) -> Result<Vec<u8>, Refusal> {
    let data = encrypted.child(ENCRYPTION, "EncryptedData")?.ok_or(Refusal::EncryptionShape)?;
    let mut keys = encrypted.descendants().filter(|element| element.is(ENCRYPTION, "EncryptedKey"));
    let (Some(encrypted_key), None) = (keys.next(), keys.next()) else {
        return Err(Refusal::EncryptionShape);
    };
    let cipher = Cipher::of(data)?;
    if !cipher.is_authenticated() && !is_signed && !legacy.unsigned_cbc {
        return Err(Refusal::UnsignedCbc);
    }
    let transport = Transport::of(encrypted_key, legacy.rsa_1_5)?;
    let (content_key, content) = (cipher_value(encrypted_key)?, cipher_value(data)?);
    let content_key = transport.open(key, &content_key).filter(|key| key.len() == cipher.key_length());
    let content_key =
        content_key.map_or_else(|| random(cipher.key_length()), Some).ok_or(Refusal::Undecryptable)?;
    cipher.open(&content_key, content).ok_or(Refusal::Undecryptable)
}

/// A key that opens nothing, in place of one that could not be had: whether the padding of RSA 1.5 was right is not to be
/// told from the time it takes (RFC 3218, 2.3.2).
fn random(length: usize) -> Option<Zeroizing<Vec<u8>>> {
    let mut key = Zeroizing::new(vec![0; length]);
    rand::fill(&mut key).ok().map(|()| key)
}

fn algorithm<'a>(of: Element<'a>) -> Result<Element<'a>, Refusal> {
    of.child(ENCRYPTION, "EncryptionMethod")?.ok_or(Refusal::EncryptionShape)
}

fn cipher_value(of: Element<'_>) -> Result<Vec<u8>, Refusal> {
    let data = of.child(ENCRYPTION, "CipherData")?.ok_or(Refusal::EncryptionShape)?;
    let text = data.text_of(ENCRYPTION, "CipherValue")?.ok_or(Refusal::EncryptionShape)?;
    base64_text(text).ok_or(Refusal::EncryptionShape)
}

/// How the content's key is encrypted.
enum Transport {
    Oaep(&'static OaepAlgorithm),
    Rsa15,
}

impl Transport {
    fn of(key: Element<'_>, rsa_1_5: bool) -> Result<Self, Refusal> {
        let method = algorithm(key)?;
        // What a label would say is not looked at, so there must be none.
        if method.child(ENCRYPTION, "OAEPparams")?.is_some() {
            return Err(Refusal::KeyTransport);
        }
        let parameter = |namespace, name| {
            Ok::<_, Refusal>(
                method.child(namespace, name)?.and_then(|element| element.attribute("Algorithm")),
            )
        };
        let digest = parameter(SIGNATURE, "DigestMethod")?.unwrap_or(SHA1);
        let mask = parameter(ENCRYPTION_11, "MGF")?.unwrap_or(MGF1_SHA1);
        match (method.attribute("Algorithm").unwrap_or_default(), digest, mask) {
            (RSA_OAEP_MGF1P | RSA_OAEP, SHA1, MGF1_SHA1) => Ok(Self::Oaep(&OAEP_SHA1_MGF1SHA1)),
            (RSA_OAEP, SHA256, MGF1_SHA256) => Ok(Self::Oaep(&OAEP_SHA256_MGF1SHA256)),
            (RSA_OAEP, SHA384, MGF1_SHA384) => Ok(Self::Oaep(&OAEP_SHA384_MGF1SHA384)),
            (RSA_OAEP, SHA512, MGF1_SHA512) => Ok(Self::Oaep(&OAEP_SHA512_MGF1SHA512)),
            (RSA_1_5, ..) if rsa_1_5 => Ok(Self::Rsa15),
            (RSA_1_5, ..) => Err(Refusal::Rsa15),
            _ => Err(Refusal::KeyTransport),
        }
    }

    fn open(&self, key: &DecryptionKey, encrypted: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut room = Zeroizing::new(vec![0; key.0.key_size_bytes()]);
        let length = match self {
            Self::Oaep(algorithm) => {
                let key = OaepPrivateDecryptingKey::new(key.0.clone()).ok()?;
                key.decrypt(algorithm, encrypted, &mut room, None).ok()?.len()
            }
            Self::Rsa15 => {
                Pkcs1PrivateDecryptingKey::new(key.0.clone()).ok()?.decrypt(encrypted, &mut room).ok()?.len()
            }
        };
        room.truncate(length);
        Some(room)
    }
}

/// How the assertion is encrypted.
enum Cipher {
    Gcm(&'static aws_lc_rs::aead::Algorithm),
    Cbc(&'static aws_lc_rs::cipher::Algorithm),
}

impl Cipher {
    fn of(data: Element<'_>) -> Result<Self, Refusal> {
        match algorithm(data)?.attribute("Algorithm").unwrap_or_default() {
            AES128_GCM => Ok(Self::Gcm(&AES_128_GCM)),
            AES256_GCM => Ok(Self::Gcm(&AES_256_GCM)),
            AES128_CBC => Ok(Self::Cbc(&AES_128)),
            AES256_CBC => Ok(Self::Cbc(&AES_256)),
            _ => Err(Refusal::ContentCipher),
        }
    }

    fn is_authenticated(&self) -> bool {
        matches!(self, Self::Gcm(_))
    }

    fn key_length(&self) -> usize {
        match self {
            Self::Gcm(algorithm) => algorithm.key_len(),
            Self::Cbc(algorithm) if **algorithm == AES_128 => AES_128_KEY_LEN,
            Self::Cbc(_) => AES_256_KEY_LEN,
        }
    }

    /// The plain text. In front of what is encrypted stands the nonce or initialization vector.
    fn open(&self, key: &[u8], mut content: Vec<u8>) -> Option<Vec<u8>> {
        let text = match self {
            Self::Gcm(algorithm) => {
                let (nonce, encrypted) = content.split_at_mut_checked(NONCE_LEN)?;
                let key = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
                let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
                key.open_in_place(nonce, Aad::empty(), encrypted).ok()?
            }
            Self::Cbc(algorithm) => {
                let (vector, encrypted) = content.split_at_mut_checked(AES_CBC_IV_LEN)?;
                let vector = DecryptionContext::Iv128(FixedLength::try_from(&*vector).ok()?);
                let key = UnboundCipherKey::new(algorithm, key).ok()?;
                // Its padding is ISO 10126's: the last byte alone says how much is not text.
                PaddedBlockDecryptingKey::cbc_iso10126(key).ok()?.decrypt(encrypted, vector).ok()?
            }
        };
        Some(text.to_vec())
    }
}
