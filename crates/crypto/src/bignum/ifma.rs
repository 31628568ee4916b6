//! Arithmetic modulo N with the AVX-512 instructions for integer multiplication (IFMA).
//!
//! An [`Element`] is 60 limbs of 52 bits, in Montgomery form for R = 2^3120, eight to a register. The instructions
//! multiply limbs of eight lanes at once and add the low or the high 52 bits of each product to lanes of 64 bits, so
//! that carries wait until a product is complete. Between multiplications an element is less than 3N: R is so much
//! greater than N that no multiplication ends with a subtraction.
//!
//! No branch and no address depends on a limb or on a digit of an exponent: loops are bounded by constants and by the
//! length of the exponent, and a table is read whole for each digit. Multiplication, addition, shifts and permutations
//! of registers take the same time for all values.
//!
//! # Why the `unsafe` code is sound
//! This file has all of it; the modules below it forbid it.
//! - The instructions exist: an [`Ifma`] is made by [`Ifma::detect`] alone, which asked the processor, and is the only
//!   way to get at the functions that are compiled for them. Within those the compiler lets each other, and the
//!   intrinsics that take no pointer, be called as any function.
//! - Memory is touched through a pointer in [`load`] and [`store`] alone: each gets eight limbs by reference, and reads or
//!   writes these 64 bytes, at any alignment.
#![expect(unsafe_code, reason = "calls functions compiled for instructions that not every processor has")]

use std::arch::x86_64::{
    __m512i, _mm512_loadu_si512, _mm512_set1_epi64, _mm512_setzero_si512, _mm512_storeu_si512,
};

use super::{Residue, comb};

/// Repeats a block with each value of a constant, so that no register is chosen at run time.
macro_rules! unroll {
    ($name:ident in [$($value:literal)*] $block:block) => {
        $({
            const $name: usize = $value;
            $block
        })*
    };
}

mod element;
mod multiply;
mod power;
mod reduce;

#[cfg(test)]
mod tests;

/// Lanes of a register.
const LANES: usize = 8;

/// Proof that the processor has the instructions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ifma(());

impl Ifma {
    /// `None` if the processor or the operating system does not support them.
    pub(super) fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma")).then_some(Self(()))
    }

    /// The product modulo N.
    pub(super) fn mul(self, left: &Residue, right: &Residue) -> Residue {
        // SAFETY: `self` proves that the processor has the instructions.
        unsafe { power::mul(left, right) }
    }

    /// `base` to the power of a big-endian exponent of any length.
    pub(super) fn pow(self, base: &Residue, exponent: &[u8]) -> Residue {
        // SAFETY: `self` proves that the processor has the instructions.
        unsafe { power::pow(base, exponent) }
    }

    /// `base` to the power of a big-endian exponent of any length that is no secret.
    pub(super) fn pow_public(self, base: &Residue, exponent: &[u8]) -> Residue {
        // SAFETY: `self` proves that the processor has the instructions.
        unsafe { power::pow_public(base, exponent) }
    }

    /// The generator to the power of `exponent`.
    pub(super) fn comb_pow(self, exponent: &comb::Exponent) -> Residue {
        // SAFETY: `self` proves that the processor has the instructions.
        unsafe { power::comb_pow(exponent) }
    }
}

/// A register with eight limbs, the first in its lowest lane.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn load(limbs: &[u64; LANES]) -> __m512i {
    // SAFETY: reads the 64 bytes of a live array, at any alignment.
    unsafe { _mm512_loadu_si512(limbs.as_ptr().cast()) }
}

/// Writes the lanes of a register to memory, the lowest first.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn store(limbs: &mut [u64; LANES], register: __m512i) {
    // SAFETY: writes the 64 bytes of a live array that `&mut` owns alone, at any alignment.
    unsafe { _mm512_storeu_si512(limbs.as_mut_ptr().cast(), register) }
}

/// A register with a limb in all lanes.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn splat(limb: u64) -> __m512i {
    _mm512_set1_epi64(limb.cast_signed())
}

/// A register of zeros.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn zero() -> __m512i {
    _mm512_setzero_si512()
}
