//! Why a document is refused: one reason each, for the log and for tests.

use std::fmt;

/// Writes each reason down once: its name, which is what the log says, and its message.
macro_rules! reasons {
    ($($name:ident: $message:literal,)+) => {
        /// Why a message or metadata was refused. People who sign in are told none of it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Refusal {
            $(#[doc = $message] $name,)+
        }

        impl Refusal {
            /// All reasons.
            pub const ALL: &[Self] = &[$(Self::$name),+];
        }

        impl fmt::Display for Refusal {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$name => $message,)+ })
            }
        }
    };
}

reasons! {
    // The form, before anything is parsed.
    TooLong: "the document is longer than is taken",
    Encoding: "not base64 of XML in UTF-8",
    DocumentType: "the document has a document type or declares entities",
    Comment: "a message has a comment, which no signature covers",
    CharacterData: "the document has a CDATA section: write its text with escapes",
    Instruction: "the document has a processing instruction",
    TooDeep: "elements are nested deeper than is taken",
    TooManyAttributes: "an element has more attributes than is taken",
    TooManyNamespaces: "more namespaces are in scope at once than is taken",
    NameTooLong: "a name of an element or attribute is longer than is taken",
    Malformed: "not well-formed XML, or with entities that are not declared",
    // The shape of a message.
    Root: "the root is not the element that belongs here",
    Version: "not SAML 2.0",
    MissingId: "an element that must have an ID has none",
    DuplicateId: "two elements have the same ID",
    NoAssertion: "the response has no assertion",
    SeveralAssertions: "the response has more than one assertion",
    MisplacedAssertion: "an assertion stands elsewhere than directly in the response",
    NotText: "an element that must be a text has elements or comments in it",
    Repeated: "an element stands more than once where one is allowed",
    Time: "a time is missing, or not written as in 2030-01-01T00:00:00Z",
    // The signature.
    Unsigned: "neither response nor assertion is signed",
    SeveralSignatures: "an element is signed twice",
    MisplacedSignature: "a signature stands elsewhere than directly in response or assertion",
    SignatureShape: "a signature has other parts than SignedInfo, SignatureValue and KeyInfo",
    Canonicalization: "a signature is canonicalized otherwise than by exclusive C14N",
    SeveralReferences: "a signature has not exactly one reference",
    ForeignReference: "a signature refers to another element than the one it stands in",
    Transform: "a reference has other transforms than enveloped-signature and then exclusive C14N",
    SignatureAlgorithm: "a signature's algorithm is neither RSA with SHA-256, 384 or 512 nor ECDSA with SHA-256 or 384",
    DigestAlgorithm: "a digest is none of SHA-256, 384 and 512",
    Sha1: "signature or digest is of SHA-1, which is switched off: let the provider sign with SHA-256",
    Signature: "no key of the provider's metadata made the signature",
    Digest: "what was signed has been changed",
    // Encryption.
    UnexpectedEncryption: "the assertion is encrypted, and the provider is not set to it",
    Unencrypted: "the assertion is not encrypted, though the provider is set to it",
    EncryptionShape: "the encrypted assertion has not one EncryptedData with one EncryptedKey",
    KeyTransport: "the key is encrypted otherwise than by RSA-OAEP with one and the same hash",
    Rsa15: "the key is encrypted by RSA 1.5, which is switched off: let the provider use RSA-OAEP",
    ContentCipher: "the assertion is encrypted otherwise than by AES-128 or 256 in GCM or CBC",
    UnsignedCbc: "the assertion is encrypted in CBC and the response is not signed: let the provider sign it or use GCM",
    Undecryptable: "the assertion cannot be decrypted with the provider's key",
    // What the provider says of the outcome.
    Requester: "the provider says that the request was wrong",
    Responder: "the provider says that it failed",
    AuthnFailed: "the provider says that the user did not authenticate",
    NoPassive: "the provider says that it would have to ask the user",
    NoAuthnContext: "the provider says that it cannot authenticate the user as was asked",
    InvalidNameIdPolicy: "the provider says that it has no name of the kind that was asked for",
    RequestDenied: "the provider says that it does not answer this request",
    UnknownPrincipal: "the provider says that it does not know the user",
    PartialLogout: "the provider says that the user is not signed out everywhere",
    OtherStatus: "the provider says something else than success",
    // Whom, for whom, where, when.
    Issuer: "the issuer is another provider",
    Destination: "the message is meant for another address",
    InResponseTo: "the message answers another request",
    Unsolicited: "the message answers no request",
    NameId: "the subject has no NameID, or an empty one",
    NoBearer: "no subject confirmation of the kind bearer",
    Recipient: "the assertion is meant for another address",
    NoConditions: "the assertion has no conditions",
    UnknownCondition: "the assertion has a condition that is not understood",
    Audience: "the assertion is meant for another service",
    NotYetValid: "the message is from the future",
    Expired: "the message has expired",
    TooOld: "the message was issued too long ago",
    Stale: "the user did not authenticate anew, as was asked",
    NoAuthentication: "the assertion has no AuthnStatement",
    SessionEnded: "the provider's session has ended",
    // Metadata.
    NoProvider: "the metadata has no identity provider of SAML 2.0, or not the one that was asked for",
    SeveralProviders: "the metadata has several identity providers: say which by its entity id",
    MetadataExpired: "the metadata has expired",
    NoCertificate: "the provider has no certificate to sign with",
    Certificate: "a certificate is not X.509 with an RSA key of 2048 to 8192 bits or one of P-256 or P-384",
    NoEndpoint: "the provider has no address for this message by HTTP-Redirect or HTTP-POST",
    Endpoint: "an address of the provider is not an absolute URL of http or https",
}

impl std::error::Error for Refusal {}
