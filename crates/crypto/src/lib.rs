//! Cryptography as Cognito speaks it, as pure functions.
//!
//! No clock and no global randomness: a caller passes the time and fresh random bytes in, so that tests are
//! exact. The exceptions are [`jwt::SigningKey::generate`], [`jws::Es256Key::sign`] and [`encryption_sdk::Draft::new`], because the library
//! makes RSA keys and signs on curves with its own generator only. Nothing secret appears in a `Debug` output, and secrets are wiped when they are dropped.
//!
//! | module | subject | feature |
//! |---|---|---|
//! | [`srp`] | SRP-6a for users and devices, both sides, and the password verifier | `srp` |
//! | [`bignum`] | arithmetic modulo the SRP prime | `srp` |
//! | [`timestamp`] | the time text that a password claim signs | |
//! | [`secret_hash`] | `SECRET_HASH` of an app client | |
//! | [`totp`] | software token codes | |
//! | [`webauthn`] | passkeys: registration and proof | `webauthn` |
//! | [`seal`] | authenticated encryption, envelope keys, keyed hashes | `sealing` |
//! | [`age`] | files encrypted for a recipient, as backups are | `sealing` |
//! | [`encryption_sdk`] | codes encrypted for functions that send them | `sealing` |
//! | [`foreign_hash`] | password hashes that other systems made | `foreign-hashes` |
//! | [`jwt`] | our own tokens: RS256, and JWKS | `jwt` |
//! | [`jws`] | tokens of other issuers, by whatever keys they have | `jwt` |
//! | [`webhook`] | signatures of webhooks | |
//! | [`digest`] | SHA-256, hexadecimal, constant-time comparison | |
//!
//! Every feature is on by default.

#[cfg(feature = "sealing")]
pub mod age;
#[cfg(feature = "srp")]
pub mod bignum;
pub mod digest;
#[cfg(feature = "sealing")]
pub mod encryption_sdk;
#[cfg(feature = "foreign-hashes")]
pub mod foreign_hash;
#[cfg(feature = "jwt")]
pub mod jws;
#[cfg(feature = "jwt")]
pub mod jwt;
#[cfg(feature = "sealing")]
pub mod seal;
pub mod secret_hash;
#[cfg(feature = "srp")]
pub mod srp;
pub mod timestamp;
pub mod totp;
#[cfg(feature = "webauthn")]
pub mod webauthn;
pub mod webhook;
