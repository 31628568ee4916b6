//! The table of powers of the generator, of aws-lc's numbers.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{
    GROUP,
    number::{Number, Scratch},
};
use crate::bignum::{
    BYTES, GENERATOR, Residue,
    comb::{DIGITS, Exponent, PLACES},
};

const LIMBS: usize = BYTES / 8;

/// A number less than N in Montgomery form, lowest limb first.
type Entry = [u64; LIMBS];

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
