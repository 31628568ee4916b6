//! Products, before they are reduced.
//!
//! A product lies four limbs higher than its weight says: its lane 4 has the weight 1. So the 60 limbs that the reduction
//! takes away end with a register, and what is left begins with one.
#![forbid(unsafe_code)]

use std::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_madd52hi_epu64, _mm512_madd52lo_epu64, _mm512_mask_madd52hi_epu64,
    _mm512_mask_madd52lo_epu64, _mm512_permutex2var_epi64, _mm512_setr_epi64,
};

use super::element::{Element, LIMBS, REGISTERS};
use super::reduce::reduce;
use super::{LANES, load, splat, zero};

/// Registers of a product.
pub(super) const WIDE: usize = 2 * REGISTERS;

/// Registers of an element that is shifted by up to seven lanes.
pub(super) const SHIFTED: usize = REGISTERS + 1;

/// By how many lanes a product lies higher than its weight says.
pub(super) const OFFSET: usize = 4;

/// Limbs of an element that may not be zero.
pub(super) const SIGNIFICANT: usize = LIMBS - OFFSET;

/// `left = left · right / R mod N`.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn multiply(left: &mut Element, right: &Element) {
    let product = product(left, right);
    reduce(left, &product);
}

/// `number = number² / R mod N`.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn square(number: &mut Element) {
    let product = square_product(number);
    reduce(number, &product);
}

/// The limbs of a number between zeros, to be loaded from any lane.
struct Padded([u64; LANES + LIMBS + LANES]);

impl Padded {
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn new(number: &Element) -> Self {
        let mut padded = Self([0; LANES + LIMBS + LANES]);
        padded.0[LANES..LANES + LIMBS].copy_from_slice(number.limbs());
        padded
    }

    /// A register of the number when it is shifted up by `shift` lanes.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn shifted(&self, register: usize, shift: usize) -> __m512i {
        let first = LANES + LANES * register - shift;
        let mut limbs = [0; LANES];
        limbs.copy_from_slice(&self.0[first..first + LANES]);
        load(&limbs)
    }

    /// The limb that lies in lane `lane` when the number is shifted up by `shift` lanes.
    fn limb(&self, lane: usize, shift: usize) -> u64 {
        self.0[LANES + lane - shift]
    }
}

/// Each limb of one number with each of the other.
#[target_feature(enable = "avx512f,avx512ifma")]
fn product(left: &Element, right: &Element) -> [__m512i; WIDE] {
    let left = Padded::new(left);
    let right = right.limbs();
    let mut sum = [zero(); WIDE];
    // Shifted by up to four lanes, a number fits in eight registers.
    let low = splat(right[0]);
    unroll!(R in [0 1 2 3 4 5 6 7] {
        sum[R] = _mm512_madd52lo_epu64(sum[R], left.shifted(R, OFFSET), low);
    });
    for shift in 0..=OFFSET {
        let mut shifted = [zero(); REGISTERS];
        unroll!(R in [0 1 2 3 4 5 6 7] { shifted[R] = left.shifted(R, shift); });
        unroll!(T in [1 2 3 4 5 6 7] {
            let place = LANES * T + shift - OFFSET;
            let (low, high) = (splat(right[place]), splat(right[place - 1]));
            unroll!(R in [0 1 2 3 4 5 6 7] {
                sum[T + R] = multiply_add(sum[T + R], shifted[R], low, high);
            });
        });
    }
    for shift in OFFSET + 1..LANES {
        let mut shifted = [zero(); SHIFTED];
        unroll!(R in [0 1 2 3 4 5 6 7 8] { shifted[R] = left.shifted(R, shift); });
        unroll!(T in [0 1 2 3 4 5 6 7] {
            let place = LANES * T + shift - OFFSET;
            let (low, high) = (splat(right[place]), splat(right[place - 1]));
            unroll!(R in [0 1 2 3 4 5 6 7 8] {
                sum[T + R] = multiply_add(sum[T + R], shifted[R], low, high);
            });
        });
    }
    let high = splat(right[SIGNIFICANT - 1]);
    unroll!(R in [0 1 2 3 4 5 6 7] {
        sum[REGISTERS + R] = _mm512_madd52hi_epu64(sum[REGISTERS + R], left.shifted(R, 0), high);
    });
    sum
}

/// Each pair of different limbs once, then doubled, and the square of each limb.
#[target_feature(enable = "avx512f,avx512ifma")]
fn square_product(number: &Element) -> [__m512i; WIDE] {
    let number = Padded::new(number);
    let mut sum = [zero(); WIDE];
    // A limb goes with those above it alone. As in `product`, the high halves of its products lie where the low ones of the
    // next limb's do.
    unroll!(S in [0 1 2 3 4 5 6 7] {
        let mut shifted = [zero(); SHIFTED];
        unroll!(R in [0 1 2 3 4 5 6 7 8] { shifted[R] = number.shifted(R, S); });
        unroll!(T in [0 1 2 3 4 5 6 7] {
            const SHIFT: usize = LANES * T + S;
            let (low, high) = (splat(number.limb(SHIFT, OFFSET)), splat(number.limb(SHIFT, OFFSET + 1)));
            unroll!(R in [0 1 2 3 4 5 6 7 8] {
                const LOW: u8 = pairs(T + R, SHIFT, 2 * SHIFT + 1);
                const HIGH: u8 = pairs(T + R, SHIFT, 2 * SHIFT);
                sum[T + R] = _mm512_mask_madd52lo_epu64(sum[T + R], LOW, shifted[R], low);
                sum[T + R] = _mm512_mask_madd52hi_epu64(sum[T + R], HIGH, shifted[R], high);
            });
        });
    });
    let even = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11);
    let odd = _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15);
    unroll!(R in [0 1 2 3 4 5 6 7] {
        // Two lanes up, a limb's square lies in the lanes of twice its place.
        let limbs = number.shifted(R, OFFSET / 2);
        let low = _mm512_madd52lo_epu64(zero(), limbs, limbs);
        let high = _mm512_madd52hi_epu64(zero(), limbs, limbs);
        let doubled = [double(sum[2 * R]), double(sum[2 * R + 1])];
        sum[2 * R] = _mm512_add_epi64(doubled[0], _mm512_permutex2var_epi64(low, even, high));
        sum[2 * R + 1] = _mm512_add_epi64(doubled[1], _mm512_permutex2var_epi64(low, odd, high));
    });
    sum
}

/// The lanes of a register that belong to products of a limb with those above it, where the number is shifted up by `shift`
/// lanes. The lowest of them is [`OFFSET`] below lane `first`.
const fn pairs(register: usize, shift: usize, first: usize) -> u8 {
    let (start, first) = (LANES * register, first.saturating_sub(OFFSET));
    if shift < OFFSET || start >= shift + SIGNIFICANT || start + LANES <= first {
        0
    } else {
        u8::MAX << first.saturating_sub(start)
    }
}

/// `sum + limbs · low`, its low halves, `+ limbs · high`, its high halves.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn multiply_add(sum: __m512i, limbs: __m512i, low: __m512i, high: __m512i) -> __m512i {
    _mm512_madd52hi_epu64(_mm512_madd52lo_epu64(sum, limbs, low), limbs, high)
}

#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn double(sum: __m512i) -> __m512i {
    _mm512_add_epi64(sum, sum)
}
