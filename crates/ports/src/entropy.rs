//! Randomness, and the identifiers drawn from it.

use std::fmt;
use std::sync::Arc;
#[cfg(feature = "testing")]
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

/// A source of random bytes: the operating system's, or (feature `testing`) a seeded one.
///
/// Clones share the same source.
#[derive(Clone)]
pub struct Entropy(Arc<Source>);

enum Source {
    System,
    #[cfg(feature = "testing")]
    Seeded(Box<Mutex<rand_chacha::ChaCha20Rng>>),
}

impl Entropy {
    /// The operating system's randomness.
    ///
    /// Asked for at each draw: aws-lc's generator would take its first seed from the processor's jitter, which
    /// takes longer than all the rest of a start.
    pub fn system() -> Self {
        Self(Arc::new(Source::System))
    }

    /// A reproducible source for tests.
    #[cfg(feature = "testing")]
    pub fn seeded(seed: u64) -> Self {
        use rand_chacha::rand_core::SeedableRng;
        let random = rand_chacha::ChaCha20Rng::seed_from_u64(seed);
        Self(Arc::new(Source::Seeded(Box::new(Mutex::new(random)))))
    }

    /// Fills `bytes`.
    ///
    /// Ends the process if the operating system has no randomness to give: nothing that this
    /// server makes would be safe without it.
    pub fn fill(&self, bytes: &mut [u8]) {
        match &*self.0 {
            Source::System => {
                if getrandom::fill(bytes).is_err() {
                    std::process::abort();
                }
            }
            #[cfg(feature = "testing")]
            Source::Seeded(random) => {
                use rand_chacha::rand_core::Rng;
                random.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
            }
        }
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A random UUID, version 4.
    pub fn uuid(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// `length` characters drawn evenly from `alphabet`, which has 1 to 256 ASCII characters.
    pub fn text(&self, alphabet: &[u8], length: usize) -> String {
        let limit = 256 - 256 % alphabet.len().clamp(1, 256);
        let mut text = String::with_capacity(length);
        while text.len() < length {
            let byte = usize::from(self.bytes::<1>()[0]);
            // Bytes past the last whole multiple would favour the first characters.
            if byte < limit
                && let Some(character) = alphabet.get(byte % alphabet.len().max(1))
            {
                text.push(char::from(*character));
            }
        }
        text
    }

    /// `length` decimal digits; the first may be 0.
    pub fn digits(&self, length: usize) -> String {
        self.text(b"0123456789", length)
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_uses_its_alphabet_and_length() {
        let text = Entropy::system().text(b"ab", 200);
        assert_eq!(text.len(), 200);
        assert!(text.contains('a') && text.contains('b') && text.chars().all(|c| c == 'a' || c == 'b'));
    }

    #[test]
    fn two_draws_differ() {
        let entropy = Entropy::system();
        assert_ne!(entropy.bytes::<16>(), entropy.bytes::<16>());
        assert_ne!(entropy.uuid(), entropy.uuid());
    }

    #[cfg(feature = "testing")]
    #[test]
    fn the_same_seed_draws_the_same() {
        assert_eq!(Entropy::seeded(7).bytes::<32>(), Entropy::seeded(7).bytes::<32>());
        assert_ne!(Entropy::seeded(7).bytes::<32>(), Entropy::seeded(8).bytes::<32>());
    }
}
