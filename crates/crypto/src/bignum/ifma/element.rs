//! Numbers modulo N in limbs of 52 bits.
#![forbid(unsafe_code)]

use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::super::{BYTES, MODULUS, Residue};
use super::LANES;

/// Bits of a limb.
pub(super) const BITS: usize = 52;

/// The greatest limb.
pub(super) const MASK: u64 = (1 << BITS) - 1;

/// Registers of an element.
pub(super) const REGISTERS: usize = 8;

/// Limbs of an element. The last four are zero: a number below 3N has 60.
pub(super) const LIMBS: usize = LANES * REGISTERS;

/// Limbs by registers, lowest first.
pub(super) type Limbs = [[u64; LANES]; REGISTERS];

/// A number below 3N.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
#[repr(align(64))]
pub(super) struct Element(pub(super) Limbs);

impl Element {
    pub(super) fn zero() -> Self {
        Self([[0; LANES]; REGISTERS])
    }

    /// The number of big-endian bytes.
    pub(super) fn from_bytes(bytes: &[u8; BYTES]) -> Self {
        Self(limbs(bytes))
    }

    /// The limbs, lowest first.
    pub(super) fn limbs(&self) -> &[u64] {
        self.0.as_flattened()
    }

    /// The residue of this number.
    pub(super) fn to_residue(&self) -> Residue {
        let mut reduced = self.clone();
        reduced.subtract_modulus();
        reduced.subtract_modulus();
        reduced.to_bytes()
    }

    /// Subtracts N if that leaves no negative number, in the same time if it does.
    fn subtract_modulus(&mut self) {
        let mut difference = Self::zero();
        let mut borrow = 0;
        let limbs = self.limbs().iter().zip(MODULUS_LIMBS.as_flattened());
        for (to, (limb, subtrahend)) in difference.0.as_flattened_mut().iter_mut().zip(limbs) {
            let signed = limb.wrapping_sub(*subtrahend).wrapping_sub(borrow);
            *to = signed & MASK;
            borrow = signed >> 63;
        }
        let fits = borrow.ct_eq(&0);
        for (limb, to) in self.0.as_flattened_mut().iter_mut().zip(difference.limbs()) {
            limb.conditional_assign(to, fits);
        }
    }

    /// The residue that is this number, which is below N.
    fn to_bytes(&self) -> Residue {
        let mut residue = Residue([0; BYTES]);
        let mut limbs = self.limbs().iter();
        let (mut word, mut bits) = (0, 0);
        for byte in residue.0.iter_mut().rev() {
            if bits < 8 {
                word |= limbs.next().map_or(0, |limb| limb << bits);
                bits += BITS;
            }
            *byte = word.to_le_bytes()[0];
            word >>= 8;
            bits -= 8;
        }
        residue
    }
}

/// The limbs of big-endian bytes.
pub(super) const fn limbs(bytes: &[u8; BYTES]) -> Limbs {
    let mut limbs = [[0; LANES]; REGISTERS];
    let (mut word, mut bits, mut place) = (0, 0, 0);
    let mut rest = BYTES;
    while rest > 0 {
        rest -= 1;
        word |= (bytes[rest] as u64) << bits;
        bits += 8;
        if bits >= BITS {
            limbs[place / LANES][place % LANES] = word & MASK;
            word >>= BITS;
            bits -= BITS;
            place += 1;
        }
    }
    limbs[place / LANES][place % LANES] = word;
    limbs
}

static MODULUS_LIMBS: Limbs = limbs(&MODULUS);
