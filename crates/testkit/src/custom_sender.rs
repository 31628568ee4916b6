//! What a function that sends messages does with the code it is given: it reads a message of the AWS Encryption SDK,
//! lets the server unwrap the data key, and decrypts. Written apart from the server's own code.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P384_SHA384_ASN1, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::server::TestServer;

/// An encrypted code, taken apart.
#[derive(Clone, Debug)]
pub struct EncryptedCode {
    /// The encryption context.
    pub context: Map<String, Value>,
    /// The ARN of the KMS key.
    pub key_arn: String,
    /// The data key as it was wrapped, in base64.
    pub wrapped: String,
    message_id: Vec<u8>,
    header: Vec<u8>,
    tag: Vec<u8>,
    content: Vec<u8>,
}

/// Reads bytes from the front.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }

    fn number(&mut self) -> usize {
        usize::from(u16::from_be_bytes(self.take(2).try_into().unwrap()))
    }

    fn sized(&mut self) -> &'a [u8] {
        let length = self.number();
        self.take(length)
    }

    fn text(&mut self) -> String {
        String::from_utf8(self.sized().to_vec()).unwrap()
    }
}

impl EncryptedCode {
    /// Takes the `code` of an event apart, and checks its form and signature.
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub fn of(event: &Value) -> Self {
        let message = STANDARD.decode(event["request"]["code"].as_str().unwrap()).unwrap();
        let mut reader = Reader(&message);
        assert_eq!(reader.take(4), [1, 0x80, 0x03, 0x78], "version, type and algorithm");
        let message_id = reader.take(16).to_vec();
        let mut pairs = Reader(reader.sized());
        let context: Map<_, _> = (0..pairs.number()).map(|_| (pairs.text(), json!(pairs.text()))).collect();
        assert_eq!(reader.number(), 1, "one data key");
        assert_eq!(reader.text(), "aws-kms");
        let (key_arn, wrapped) = (reader.text(), STANDARD.encode(reader.sized()));
        assert_eq!(reader.take(10), [2, 0, 0, 0, 0, 12, 0, 0, 0x10, 0], "framed");
        let header = message[..message.len() - reader.0.len()].to_vec();
        let tag = reader.take(12 + 16)[12..].to_vec();
        assert_eq!(reader.take(8), [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1], "the last frame is the first");
        let length = reader.take(12 + 4)[15];
        let content = reader.take(usize::from(length) + 16).to_vec();
        let signed = &message[..message.len() - reader.0.len()];
        let point = STANDARD.decode(context["aws-crypto-public-key"].as_str().unwrap()).unwrap();
        UnparsedPublicKey::new(&ECDSA_P384_SHA384_ASN1, point).verify(signed, reader.sized()).unwrap();
        assert!(reader.0.is_empty());
        Self { context, key_arn, wrapped, message_id, header, tag, content }
    }

    /// What KMS's Decrypt is asked for it.
    pub fn request(&self) -> Value {
        json!({ "CiphertextBlob": self.wrapped, "EncryptionContext": self.context, "KeyId": self.key_arn })
    }

    /// The code, with the data key from the server.
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub async fn decrypt(&self, server: &TestServer) -> String {
        let answer = server.admin().of(&poolhouse_wire::kms::SERVICE).ok("Decrypt", self.request()).await;
        assert_eq!(answer["KeyId"], json!(self.key_arn));
        let data_key = STANDARD.decode(answer["Plaintext"].as_str().unwrap()).unwrap();
        let hmac = |key: &[u8], data: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA384, key), data);
        let info = [&[0x03, 0x78], self.message_id.as_slice(), &[1]].concat();
        let key = hmac(hmac(&[0; 48], &data_key).as_ref(), &info);
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key.as_ref()[..32]).unwrap());
        let nonce = |last| Nonce::assume_unique_for_key([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]);
        key.open_in_place(nonce(0), Aad::from(&self.header), &mut self.tag.clone()).unwrap();
        let mut bound = self.message_id.clone();
        bound.extend(b"AWSKMSEncryptionClient Final Frame\0\0\0\x01\0\0\0\0\0\0\0");
        bound.push(u8::try_from(self.content.len() - 16).unwrap());
        let mut content = self.content.clone();
        let code = key.open_in_place(nonce(1), Aad::from(&bound), &mut content).unwrap();
        String::from_utf8(code.to_vec()).unwrap()
    }
}
