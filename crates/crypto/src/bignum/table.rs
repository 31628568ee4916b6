//! Powers of the generator from a table of its powers.
//!
//! An exponent of 256 bits has 64 digits of base 16. For each place and digit d the table holds g^(d · 16^place)
//! in Montgomery form, so a power is a product of 64 entries and needs no squaring.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{
    BYTES, GENERATOR, GROUP, Residue,
    number::{Number, Scratch},
};

const EXPONENT_BYTES: usize = 32;
const PLACES: usize = 2 * EXPONENT_BYTES;
const DIGITS: usize = 16;
const LIMBS: usize = BYTES / 8;

/// A number less than N in Montgomery form, lowest limb first.
type Entry = [u64; LIMBS];

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
    fn digits(&self) -> impl Iterator<Item = u8> {
        self.0.iter().rev().flat_map(|byte| [byte & 15, byte >> 4])
    }
}

/// One row for each place of the exponent, lowest place first.
pub(super) struct Table(Vec<[Entry; DIGITS]>);

impl Table {
    pub(super) fn new() -> Self {
        let scratch = Scratch::new();
        let one = GROUP.enter(&Number::from_bytes(&[1]), &scratch);
        let mut base = GROUP.enter(&Number::from_bytes(&[GENERATOR]), &scratch);
        let mut rows = Vec::with_capacity(PLACES);
        for _ in 0..PLACES {
            let mut power = Number::from_bytes(&one.to_bytes());
            let row = std::array::from_fn(|_| {
                let entry = to_entry(&power);
                GROUP.multiply(&mut power, &base, &scratch);
                entry
            });
            rows.push(row);
            base = power;
        }
        Self(rows)
    }

    /// The generator to the power of `exponent`.
    pub(super) fn pow(&self, exponent: &Exponent) -> Residue {
        let scratch = Scratch::new();
        let mut power = GROUP.enter(&Number::from_bytes(&[1]), &scratch);
        let mut factor = Number::new();
        for (row, digit) in self.0.iter().zip(exponent.digits()) {
            factor.set_little_endian(&select(row, digit));
            GROUP.multiply(&mut power, &factor, &scratch);
        }
        Residue(GROUP.leave(&power, &scratch).to_bytes())
    }
}

/// The entry at a secret place. Every entry is read, so that the cache does not show which one was taken.
fn select(row: &[Entry; DIGITS], digit: u8) -> Zeroizing<[u8; BYTES]> {
    let mut chosen = Zeroizing::new([0_u64; LIMBS]);
    for (index, entry) in (0_u8..).zip(row) {
        let mask = 0_u64.wrapping_sub(u64::from(index.ct_eq(&digit).unwrap_u8()));
        for (to, limb) in chosen.iter_mut().zip(entry) {
            *to |= limb & mask;
        }
    }
    let mut bytes = Zeroizing::new([0; BYTES]);
    for (to, limb) in bytes.chunks_exact_mut(8).zip(chosen.iter()) {
        to.copy_from_slice(&limb.to_le_bytes());
    }
    bytes
}

fn to_entry(number: &Number) -> Entry {
    let mut entry = [0; LIMBS];
    for (to, bytes) in entry.iter_mut().zip(number.to_little_endian().chunks_exact(8)) {
        *to = bytes.iter().rev().fold(0, |limb, byte| limb << 8 | u64::from(*byte));
    }
    entry
}
