//! How powers of the generator are found in a table of its powers.
//!
//! An exponent of 256 bits has 64 digits of base 16. For each place and digit d the table holds g^(d · 16^place)
//! in Montgomery form, so a power is a product of 64 entries and needs no squaring.

use zeroize::Zeroizing;

const EXPONENT_BYTES: usize = 32;

/// Digits of an exponent, each with a row of the table.
pub(super) const PLACES: usize = 2 * EXPONENT_BYTES;

/// Values of a digit, each with an entry in a row.
pub(super) const DIGITS: usize = 16;

/// An exponent that the table can serve.
pub(super) struct Exponent(Zeroizing<[u8; EXPONENT_BYTES]>);

impl Exponent {
    /// `None` if the big-endian exponent is longer than 32 bytes.
    pub(super) fn new(bytes: &[u8]) -> Option<Self> {
        let mut exponent = Zeroizing::new([0; EXPONENT_BYTES]);
        let leading = EXPONENT_BYTES.checked_sub(bytes.len())?;
        exponent.iter_mut().skip(leading).zip(bytes).for_each(|(to, from)| *to = *from);
        Some(Self(exponent))
    }

    /// The digits of base 16, lowest first.
    pub(super) fn digits(&self) -> impl Iterator<Item = u8> {
        self.0.iter().rev().flat_map(|byte| [byte & 15, byte >> 4])
    }
}
