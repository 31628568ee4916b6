//! Password hashes that other systems made, as users bring them along (docs/cognito/new-operations.md §14).
//!
//! They are only ever looked at: what is kept of a password here is its SRP verifier. The bounds keep one look from
//! costing more than a sign-in may; a hash beyond them is none.

use std::fmt;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::pbkdf2;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use bcrypt::HashParts;

use crate::digest::equal;
use crate::srp::{Identity, Verifier};

const SALT_BYTES: RangeInclusive<usize> = 1..=64;
const HASH_BYTES: RangeInclusive<usize> = 16..=64;

/// The shortest salt that Argon2 has.
const ARGON2_SALT_BYTES: usize = 8;

/// How a password was hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `$2a$`, `$2b$`, `$2y$`.
    Bcrypt,
    /// `$scrypt$ln=…,r=…,p=…$salt$hash`.
    Scrypt,
    /// `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
    Argon2id,
    /// `$pbkdf2-sha256$i=…$salt$hash`, and Django's `pbkdf2_sha256$…$salt$hash`.
    Pbkdf2Sha256,
    /// `$srp$identity$verifier`: of another pool, in a form of our own.
    Srp,
}

/// Why a text is no hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoHash {
    /// It has none of the forms.
    Malformed,
    /// To look at it would cost too much, or it cost so little that it protects nothing.
    OutOfBounds,
}

/// A hash that can be looked at. Its `Debug` form does not show it.
pub struct ForeignHash(Form);

enum Form {
    Bcrypt(String),
    Scrypt { params: scrypt::Params, digest: Digest },
    Argon2id { params: Params, digest: Digest },
    Pbkdf2Sha256 { iterations: NonZeroU32, digest: Digest },
    Srp { identity: Identity, verifier: Box<Verifier> },
}

struct Digest {
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl ForeignHash {
    /// Reads a hash; its beginning says what it is.
    ///
    /// # Errors
    /// [`NoHash`].
    pub fn parse(text: &str) -> Result<Self, NoHash> {
        let fields: Vec<&str> = text.split('$').collect();
        let form = match fields.as_slice() {
            ["", "2a" | "2b" | "2y", cost, rest] => bcrypt_form(text, cost, rest),
            ["", "scrypt", settings, salt, hash] => scrypt_form(settings, Digest::decode(salt, hash)?),
            ["", "argon2id", "v=19", settings, salt, hash] => {
                argon2_form(settings, Digest::decode(salt, hash)?)
            }
            ["", "pbkdf2-sha256", settings, salt, hash] => {
                let digest = Digest::decode(salt, hash)?;
                let [iterations] = numbers(settings.split(",l=").next().unwrap_or_default(), ["i"])?;
                if settings.split_once(",l=").is_some_and(|(_, l)| l.parse() != Ok(digest.hash.len())) {
                    return Err(NoHash::Malformed);
                }
                pbkdf2_form(iterations, digest)
            }
            // The salt is text as it stands.
            ["pbkdf2_sha256", iterations, salt, hash] => {
                let hash = STANDARD.decode(hash).map_err(|_| NoHash::Malformed)?;
                pbkdf2_form(number(iterations)?, Digest::of(salt.as_bytes().to_vec(), hash)?)
            }
            ["", "srp", identity, verifier] => srp_form(identity, verifier),
            _ => Err(NoHash::Malformed),
        };
        form.map(Self)
    }

    /// The text of a password that is known by a verifier for this identity.
    #[must_use]
    pub fn of_verifier(identity: &Identity, verifier: &Verifier) -> String {
        let (identity, verifier) = (identity.as_str(), verifier.to_bytes());
        format!("$srp${}${}", STANDARD_NO_PAD.encode(identity), STANDARD_NO_PAD.encode(&*verifier))
    }

    /// How the password was hashed.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        match self.0 {
            Form::Bcrypt(_) => Scheme::Bcrypt,
            Form::Scrypt { .. } => Scheme::Scrypt,
            Form::Argon2id { .. } => Scheme::Argon2id,
            Form::Pbkdf2Sha256 { .. } => Scheme::Pbkdf2Sha256,
            Form::Srp { .. } => Scheme::Srp,
        }
    }

    /// How much memory it takes to look at it, in MiB.
    #[must_use]
    pub fn mebibytes(&self) -> u32 {
        let kibibytes = match &self.0 {
            Form::Bcrypt(_) | Form::Pbkdf2Sha256 { .. } | Form::Srp { .. } => 0,
            Form::Scrypt { params, .. } => params.r().saturating_mul(1 << params.log_n()) / 8,
            Form::Argon2id { params, .. } => params.m_cost(),
        };
        kibibytes.div_ceil(1024).max(1)
    }

    /// Whether it is the hash of `password`.
    #[must_use]
    pub fn matches(&self, password: &str) -> bool {
        match &self.0 {
            Form::Bcrypt(text) => bcrypt::verify(password, text).unwrap_or(false),
            Form::Scrypt { params, digest } => digest
                .is_made_by(|salt, hash| scrypt::scrypt(password.as_bytes(), salt, params, hash).is_ok()),
            Form::Argon2id { params, digest } => digest.is_made_by(|salt, hash| {
                let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
                argon2.hash_password_into(password.as_bytes(), salt, hash).is_ok()
            }),
            Form::Pbkdf2Sha256 { iterations, digest: Digest { salt, hash } } => {
                let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
                pbkdf2::verify(algorithm, *iterations, salt, password.as_bytes(), hash).is_ok()
            }
            Form::Srp { identity, verifier } => verifier.password_matches(identity, password),
        }
    }
}

fn srp_form(identity: &str, verifier: &str) -> Result<Form, NoHash> {
    let decode = |text| STANDARD_NO_PAD.decode(text).map_err(|_| NoHash::Malformed);
    let identity = String::from_utf8(decode(identity)?).map_err(|_| NoHash::Malformed)?;
    let verifier = Verifier::from_bytes(&decode(verifier)?).map_err(|_| NoHash::Malformed)?;
    Ok(Form::Srp { identity: Identity::of_text(identity), verifier: Box::new(verifier) })
}

impl fmt::Debug for ForeignHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ForeignHash").field(&self.scheme()).finish()
    }
}

impl Digest {
    fn decode(salt: &str, hash: &str) -> Result<Self, NoHash> {
        let decode = |text| STANDARD_NO_PAD.decode(text).map_err(|_| NoHash::Malformed);
        Self::of(decode(salt)?, decode(hash)?)
    }

    fn of(salt: Vec<u8>, hash: Vec<u8>) -> Result<Self, NoHash> {
        let fits = SALT_BYTES.contains(&salt.len()) && HASH_BYTES.contains(&hash.len());
        if fits { Ok(Self { salt, hash }) } else { Err(NoHash::Malformed) }
    }

    fn is_made_by(&self, make: impl FnOnce(&[u8], &mut [u8]) -> bool) -> bool {
        let mut made = vec![0; self.hash.len()];
        make(&self.salt, &mut made) && equal(&made, &self.hash)
    }
}

fn bcrypt_form(text: &str, cost: &str, rest: &str) -> Result<Form, NoHash> {
    const COST: RangeInclusive<u32> = 4..=14;
    let is_cost = cost.len() == 2 && cost.bytes().all(|byte| byte.is_ascii_digit());
    if !is_cost || rest.len() != 53 || !rest.is_ascii() || text.parse::<HashParts>().is_err() {
        return Err(NoHash::Malformed);
    }
    if !COST.contains(&number(cost)?) {
        return Err(NoHash::OutOfBounds);
    }
    Ok(Form::Bcrypt(text.to_owned()))
}

fn scrypt_form(settings: &str, digest: Digest) -> Result<Form, NoHash> {
    let [log_n, r, p] = numbers(settings, ["ln", "r", "p"])?;
    if !(1..=17).contains(&log_n) || !(1..=16).contains(&r) || !(1..=8).contains(&p) {
        return Err(NoHash::OutOfBounds);
    }
    let log_n = u8::try_from(log_n).map_err(|_| NoHash::OutOfBounds)?;
    let params = scrypt::Params::new(log_n, r, p).map_err(|_| NoHash::OutOfBounds)?;
    Ok(Form::Scrypt { params, digest })
}

fn argon2_form(settings: &str, digest: Digest) -> Result<Form, NoHash> {
    let [m, t, p] = numbers(settings, ["m", "t", "p"])?;
    if digest.salt.len() < ARGON2_SALT_BYTES {
        return Err(NoHash::Malformed);
    }
    if m > 262_144 || t > 10 || p > 8 {
        return Err(NoHash::OutOfBounds);
    }
    let params = Params::new(m, t, p, Some(digest.hash.len())).map_err(|_| NoHash::OutOfBounds)?;
    Ok(Form::Argon2id { params, digest })
}

fn pbkdf2_form(iterations: u32, digest: Digest) -> Result<Form, NoHash> {
    let within = Some(iterations).filter(|n| (1000..=2_000_000).contains(n));
    let iterations = within.and_then(NonZeroU32::new).ok_or(NoHash::OutOfBounds)?;
    Ok(Form::Pbkdf2Sha256 { iterations, digest })
}

/// The numbers of `a=1,b=2`, whose names come in this order.
fn numbers<const N: usize>(settings: &str, names: [&str; N]) -> Result<[u32; N], NoHash> {
    let mut parts = settings.split(',');
    let mut numbers = [0; N];
    for (name, place) in names.into_iter().zip(&mut numbers) {
        let part = parts.next().and_then(|part| part.split_once('='));
        let (_, value) = part.filter(|(found, _)| *found == name).ok_or(NoHash::Malformed)?;
        *place = number(value)?;
    }
    if parts.next().is_some() { Err(NoHash::Malformed) } else { Ok(numbers) }
}

fn number(text: &str) -> Result<u32, NoHash> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number {
        return Err(NoHash::Malformed);
    }
    // More digits than fit are too much of whatever they count.
    text.parse().map_err(|_| NoHash::OutOfBounds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::srp::SALT_BYTES as SALT_BYTES_OF_SRP;

    /// Hashes of `password` by other programs: bcrypt and Argon2 by their authors' tests, the others by Python's
    /// hashlib.
    const OF_OTHERS: [(&str, &str, Scheme); 5] = [
        ("", "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.", Scheme::Bcrypt),
        (
            "password",
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            Scheme::Argon2id,
        ),
        (
            "password",
            "$scrypt$ln=10,r=8,p=1$c29tZXNhbHQ$wdXoWEig5T693O7BJbufEPRk+qarG40BYOh1xe9tMAc",
            Scheme::Scrypt,
        ),
        (
            "password",
            "$pbkdf2-sha256$i=1000,l=32$c29tZXNhbHQ$j4Aa14inUtOh7Sg/D7hH54ohymuHNQD4+ccfhepGWAY",
            Scheme::Pbkdf2Sha256,
        ),
        (
            "password",
            "pbkdf2_sha256$1000$somesalt$j4Aa14inUtOh7Sg/D7hH54ohymuHNQD4+ccfhepGWAY=",
            Scheme::Pbkdf2Sha256,
        ),
    ];

    #[test]
    fn a_verifier_of_another_pool_is_looked_at() {
        let identity = Identity::user("AbCdEfGhI", "alice");
        let verifier = Verifier::new(&identity, "password", [7; SALT_BYTES_OF_SRP]);
        let text = ForeignHash::of_verifier(&identity, &verifier);
        let hash = ForeignHash::parse(&text).unwrap();
        assert_eq!((hash.scheme(), hash.mebibytes()), (Scheme::Srp, 1));
        assert!(hash.matches("password") && !hash.matches("Password"));
        assert!(!format!("{hash:?}").contains('$'));
        for wrong in ["$srp$$", "$srp$YQ$AAAA", "$srp$?$?", "$srp$/w$AAAA", &text[..text.len() - 4]] {
            assert_eq!(ForeignHash::parse(wrong).err(), Some(NoHash::Malformed), "{wrong}");
        }
    }

    #[test]
    fn hashes_of_others_are_known() {
        for (password, text, scheme) in OF_OTHERS {
            let hash = ForeignHash::parse(text).unwrap();
            assert_eq!(hash.scheme(), scheme);
            assert!(hash.matches(password), "{text}");
            assert!(!hash.matches("Password"), "{text}");
            assert!(!format!("{hash:?}").contains('$'));
        }
    }

    #[test]
    fn what_a_look_takes_is_known_beforehand() {
        let mebibytes = |text| ForeignHash::parse(text).unwrap().mebibytes();
        assert_eq!(mebibytes(OF_OTHERS[0].1), 1);
        assert_eq!(mebibytes(OF_OTHERS[1].1), 64);
        assert_eq!(mebibytes(OF_OTHERS[2].1), 1);
        assert_eq!(mebibytes(&OF_OTHERS[2].1.replace("ln=10,r=8", "ln=17,r=16")), 256);
    }

    #[test]
    fn what_is_no_hash_is_refused() {
        use NoHash::{Malformed, OutOfBounds};
        let [bcrypt, argon2, scrypt, pbkdf2, django] = OF_OTHERS.map(|(_, text, _)| text);
        let cases = [
            ("", Malformed),
            ("password", Malformed),
            ("$1$salt$hash", Malformed),
            (&bcrypt.replace("2a", "2x"), Malformed),
            (&bcrypt.replace("$06$", "$6$"), Malformed),
            (&bcrypt[..59], Malformed),
            (&bcrypt.replace("DCq7", "DCq\u{e9}"), Malformed),
            (&bcrypt.replace("DCq7", "DC*7"), Malformed),
            (&bcrypt.replace("$06$", "$15$"), OutOfBounds),
            (&bcrypt.replace("$06$", "$03$"), OutOfBounds),
            (&argon2.replace("argon2id", "argon2i"), Malformed),
            (&argon2.replace("v=19", "v=16"), Malformed),
            (&argon2.replace("m=65536,t=2", "t=2,m=65536"), Malformed),
            (&argon2.replace("p=1", "p=1,data=AA"), Malformed),
            (&argon2.replace("c29tZXNhbHQ", "c29t"), Malformed),
            (&argon2.replace("m=65536", "m=262145"), OutOfBounds),
            (&argon2.replace("m=65536", "m=99999999999"), OutOfBounds),
            (&argon2.replace("m=65536", "m=1"), OutOfBounds),
            (&argon2.replace("t=2", "t=11"), OutOfBounds),
            (&argon2.replace("p=1", "p=9"), OutOfBounds),
            (&scrypt.replace("ln=10", "ln=+9"), Malformed),
            (&scrypt.replace("ln=10", "ln=18"), OutOfBounds),
            (&scrypt.replace("r=8", "r=17"), OutOfBounds),
            (&scrypt.replace("p=1", "p=0"), OutOfBounds),
            (&pbkdf2.replace("l=32", "l=31"), Malformed),
            (&pbkdf2.replace("i=1000", "i=999"), OutOfBounds),
            (&django.replace("1000", "2000001"), OutOfBounds),
            (&django.replace("somesalt", ""), Malformed),
        ];
        for (text, expected) in cases {
            assert_eq!(ForeignHash::parse(text).err(), Some(expected), "{text}");
        }
    }
}
