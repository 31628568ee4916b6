//! Encrypted assertions as an identity provider makes them.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::cipher::{AES_128, AES_256, PaddedBlockEncryptingKey, UnboundCipherKey};

use aws_lc_rs::rand;
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512,
    OaepAlgorithm, OaepPublicEncryptingKey, Pkcs1PublicEncryptingKey, PublicEncryptingKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Certificate;
use crate::names::{
    AES128_CBC, AES128_GCM, AES256_CBC, AES256_GCM, ASSERTION, ENCRYPTION, ENCRYPTION_11, MGF1_SHA1,
    MGF1_SHA256, MGF1_SHA384, MGF1_SHA512, RSA_1_5, RSA_OAEP, RSA_OAEP_MGF1P, SHA1, SHA256, SHA384, SHA512,
    SIGNATURE,
};

/// How an assertion is encrypted: by which names.
#[derive(Debug, Clone, Copy)]
pub struct Encrypting<'a> {
    /// `Algorithm` of the content's EncryptionMethod.
    pub cipher: &'a str,
    /// `Algorithm` of the key's EncryptionMethod.
    pub transport: &'a str,
    /// The hash of OAEP.
    pub digest: &'a str,
    /// The mask generating function of OAEP.
    pub mask: &'a str,
}

impl Default for Encrypting<'_> {
    fn default() -> Self {
        Self { cipher: AES256_GCM, transport: RSA_OAEP_MGF1P, digest: SHA1, mask: MGF1_SHA1 }
    }
}

impl Encrypting<'_> {
    /// All that are taken.
    pub const GOOD: [Encrypting<'static>; 8] = {
        const fn of(cipher: &'static str, digest: &'static str, mask: &'static str) -> Encrypting<'static> {
            Encrypting { cipher, transport: RSA_OAEP, digest, mask }
        }
        const fn old(cipher: &'static str) -> Encrypting<'static> {
            Encrypting { cipher, transport: RSA_OAEP_MGF1P, digest: SHA1, mask: MGF1_SHA1 }
        }
        [
            old(AES128_GCM),
            old(AES256_GCM),
            old(AES128_CBC),
            old(AES256_CBC),
            of(AES256_GCM, SHA1, MGF1_SHA1),
            of(AES256_GCM, SHA256, MGF1_SHA256),
            of(AES256_GCM, SHA384, MGF1_SHA384),
            of(AES256_GCM, SHA512, MGF1_SHA512),
        ]
    };

    fn oaep(&self) -> &'static OaepAlgorithm {
        match self.digest {
            SHA256 => &OAEP_SHA256_MGF1SHA256,
            SHA384 => &OAEP_SHA384_MGF1SHA384,
            SHA512 => &OAEP_SHA512_MGF1SHA512,
            _ => &OAEP_SHA1_MGF1SHA1,
        }
    }

    fn content_key(&self) -> Vec<u8> {
        let mut key = vec![0; if matches!(self.cipher, AES128_GCM | AES128_CBC) { 16 } else { 32 }];
        rand::fill(&mut key).unwrap();
        key
    }

    /// Nonce or initialization vector, and what follows it.
    fn encrypt(&self, key: &[u8], text: &str) -> Vec<u8> {
        let mut content = text.as_bytes().to_vec();
        if matches!(self.cipher, AES128_CBC | AES256_CBC) {
            let algorithm = if key.len() == 16 { &AES_128 } else { &AES_256 };
            let key = UnboundCipherKey::new(algorithm, key).unwrap();
            let context = PaddedBlockEncryptingKey::cbc_pkcs7(key).unwrap().encrypt(&mut content).unwrap();
            let vector: &[u8] = (&context).try_into().unwrap();
            return [vector, &content].concat();
        }
        let algorithm = if key.len() == 16 { &AES_128_GCM } else { &AES_256_GCM };
        let key = RandomizedNonceKey::new(algorithm, key).unwrap();
        let nonce: Nonce = key.seal_in_place_append_tag(Aad::empty(), &mut content).unwrap();
        [&nonce.as_ref()[..], &content].concat()
    }

    fn transport(&self, key: &[u8], to: &Certificate) -> Vec<u8> {
        let to = PublicEncryptingKey::from_der(&to.public_key).unwrap();
        let mut room = vec![0; to.key_size_bytes()];
        if self.transport == RSA_1_5 {
            Pkcs1PublicEncryptingKey::new(to).unwrap().encrypt(key, &mut room).unwrap();
        } else {
            OaepPublicEncryptingKey::new(to).unwrap().encrypt(self.oaep(), key, &mut room, None).unwrap();
        }
        room
    }
}

/// An `EncryptedAssertion`.
pub fn encrypted(assertion: &str, to: &Certificate, encrypting: Encrypting<'_>) -> String {
    let key = encrypting.content_key();
    let Encrypting { cipher, transport, digest, mask } = encrypting;
    let mask = if transport == RSA_OAEP {
        format!("<e11:MGF xmlns:e11=\"{ENCRYPTION_11}\" Algorithm=\"{mask}\"/>")
    } else {
        String::new()
    };
    let value = |bytes: &[u8]| {
        format!(
            "<xenc:CipherData><xenc:CipherValue>{}</xenc:CipherValue></xenc:CipherData>",
            STANDARD.encode(bytes)
        )
    };
    format!(
        "<saml:EncryptedAssertion xmlns:saml=\"{ASSERTION}\"><xenc:EncryptedData xmlns:xenc=\"{ENCRYPTION}\" \
         Type=\"{ENCRYPTION}Element\"><xenc:EncryptionMethod Algorithm=\"{cipher}\"/><ds:KeyInfo \
         xmlns:ds=\"{SIGNATURE}\"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm=\"{transport}\">\
         <ds:DigestMethod Algorithm=\"{digest}\"/>{mask}</xenc:EncryptionMethod>{}</xenc:EncryptedKey></ds:KeyInfo>{}\
         </xenc:EncryptedData></saml:EncryptedAssertion>",
        value(&encrypting.transport(&key, to)),
        value(&encrypting.encrypt(&key, assertion)),
    )
}
