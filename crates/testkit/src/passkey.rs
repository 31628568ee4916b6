//! An authenticator and a browser in software: what makes and uses passkeys.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use poolhouse_crypto::digest::sha256;
use serde_json::{Value, json};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const HAS_CREDENTIAL: u8 = 0x40;

/// One passkey, with the browser on whose page it is used.
#[derive(Debug)]
pub struct Passkey {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    /// The page's origin.
    pub origin: String,
    /// The relying party that the authenticator makes it for.
    pub rp_id: String,
    /// Whether the authenticator verifies its user.
    pub verifies: bool,
    /// The counter of the next proof; 0 for one that does not count.
    pub count: u32,
    /// Known from the registration on.
    user_handle: Value,
}

impl Passkey {
    /// A passkey to be, with this identifier, on the page `https://<rp_id>`.
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub fn new(id: &str, rp_id: &str) -> Self {
        Self {
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
            id: id.as_bytes().to_vec(),
            origin: format!("https://{rp_id}"),
            rp_id: rp_id.to_owned(),
            verifies: true,
            count: 0,
            user_handle: Value::Null,
        }
    }

    /// All of it, to be kept for a later run.
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub fn to_json(&self) -> Value {
        json!({
            "key": URL_SAFE_NO_PAD.encode(self.key.to_pkcs8v1().unwrap()),
            "id": self.id(),
            "rpId": self.rp_id,
            "userHandle": self.user_handle,
        })
    }

    /// One that was kept.
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub fn from_json(kept: &Value) -> Self {
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode(kept[name].as_str().unwrap()).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &bytes("key")).unwrap();
        let (id, user_handle) = (String::from_utf8(bytes("id")).unwrap(), kept["userHandle"].clone());
        Self { key, user_handle, ..Self::new(&id, kept["rpId"].as_str().unwrap()) }
    }

    /// Its identifier as it is written.
    pub fn id(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.id)
    }

    /// Makes it by `CredentialCreationOptions`; the `Credential` for CompleteWebAuthnRegistration.
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub fn create(&mut self, options: &Value) -> Value {
        self.user_handle = options["user"]["id"].clone();
        let client_data = self.client_data("webauthn.create", options);
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let credential = [&[0; 16][..], &length, &self.id, &self.public_key()].concat();
        let data = [self.data(HAS_CREDENTIAL), credential].concat();
        // {"fmt": "none", "attStmt": {}, "authData": …}
        let head = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData";
        let object = [&head[..], &byte_string(&data)].concat();
        json!({
            "id": self.id(),
            "rawId": self.id(),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
                "attestationObject": URL_SAFE_NO_PAD.encode(object),
                "transports": ["internal", "hybrid"],
            },
        })
    }

    /// Uses it by `CREDENTIAL_REQUEST_OPTIONS`; the `CREDENTIAL` for the challenge WEB_AUTHN.
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub fn get(&self, options: &Value) -> Value {
        let client_data = self.client_data("webauthn.get", options);
        let data = self.data(0);
        let message = [&data[..], &sha256(&[&client_data])].concat();
        let signature = self.key.sign(&SystemRandom::new(), &message).unwrap();
        json!({
            "id": self.id(),
            "rawId": self.id(),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
                "authenticatorData": URL_SAFE_NO_PAD.encode(data),
                "signature": URL_SAFE_NO_PAD.encode(signature),
                "userHandle": self.user_handle,
            },
        })
    }

    fn client_data(&self, ceremony: &str, options: &Value) -> Vec<u8> {
        let data = json!({
            "type": ceremony,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": false,
        });
        data.to_string().into_bytes()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let flags = flags | USER_PRESENT | if self.verifies { USER_VERIFIED } else { 0 };
        [&sha256(&[self.rp_id.as_bytes()])[..], &[flags], &self.count.to_be_bytes()].concat()
    }

    /// In COSE's form: `{1: 2, 3: -7, -1: 1, -2: x, -3: y}`.
    fn public_key(&self) -> Vec<u8> {
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21][..], &byte_string(x), &[0x22], &byte_string(y)].concat()
    }
}

fn byte_string(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
    [&[0x59], &length[..], bytes].concat()
}
