//! Montgomery's reduction of a product.
#![forbid(unsafe_code)]

use std::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_alignr_epi64, _mm512_and_si512, _mm512_cmpeq_epu64_mask,
    _mm512_cmpgt_epu64_mask, _mm512_madd52hi_epu64, _mm512_madd52lo_epu64, _mm512_mask_add_epi64,
    _mm512_permutexvar_epi64, _mm512_srli_epi64,
};

use super::super::MODULUS;
use super::element::{BITS, Element, LIMBS, Limbs, MASK, REGISTERS, limbs};
use super::multiply::{OFFSET, SHIFTED, SIGNIFICANT, WIDE};
use super::{LANES, load, splat, store, zero};

/// Registers that a step changes: one that it drops, and those to which a shifted number is added.
pub(super) const WINDOW: usize = SHIFTED + 1;

/// `number = product / R mod N`, less than 3N when the product is one of numbers below 3N.
///
/// A product is divided by 2^416 again and again: of its lowest eight limbs, each is worth its multiple of 2^−416 mod N,
/// which is added to what is left without them. That adds up to 2^416 · N, so the last eight limbs go one by one. They add
/// less than N to the quotient, what was added before is then less than N, and the product itself, divided by R, is less
/// than 2^−44 · N.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn reduce(number: &mut Element, product: &[__m512i; WIDE]) {
    let mut window = [zero(); WINDOW];
    unroll!(R in [0 1 2 3 4 5 6 7 8] { window[R] = product[R]; });
    let mut limbs = take_limbs(&mut window, 0);
    window[SHIFTED] = product[SHIFTED];
    limbs = drop_limbs::<OFFSET>(&mut window, limbs);
    for next in &product[SHIFTED + 1..] {
        unroll!(R in [0 1 2 3 4 5 6 7 8] { window[R] = window[R + 1]; });
        window[SHIFTED] = *next;
        limbs = drop_limbs::<0>(&mut window, limbs);
    }
    unroll!(R in [0 1 2 3 4 5 6 7 8] { window[R] = window[R + 1]; });
    clear_limbs(&mut window);
    carry(number, &window);
}

/// Eight limbs, each in all lanes of a register.
pub(super) type Factors = [__m512i; LANES];

/// The limbs of a register, which hands its carry to the next one.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(super) fn take_limbs(window: &mut [__m512i; WINDOW], register: usize) -> Factors {
    let mask = splat(MASK);
    let above = shift_right(window[register]);
    let mut limbs = _mm512_and_si512(window[register], mask);
    limbs = _mm512_add_epi64(limbs, _mm512_alignr_epi64::<7>(above, zero()));
    let over = u64::from(_mm512_cmpgt_epu64_mask(limbs, mask));
    let full = u64::from(_mm512_cmpeq_epu64_mask(limbs, mask));
    let [inside, beyond, ..] = ripple(over, full).to_le_bytes();
    limbs = _mm512_mask_add_epi64(limbs, inside, limbs, splat(1));
    window[register + 1] = _mm512_add_epi64(window[register + 1], _mm512_alignr_epi64::<7>(zero(), above));
    window[register + 1] =
        _mm512_mask_add_epi64(window[register + 1], beyond, window[register + 1], splat(1));
    window[register] = _mm512_and_si512(limbs, mask);
    let mut factors = [zero(); LANES];
    unroll!(J in [0 1 2 3 4 5 6 7] { factors[J] = _mm512_permutexvar_epi64(splat(J as u64), limbs); });
    factors
}

/// Adds to the registers above the lowest what its limbs from `FROM` are worth, and takes the limbs of the next one.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(super) fn drop_limbs<const FROM: usize>(window: &mut [__m512i; WINDOW], factors: Factors) -> Factors {
    // The next register first, in two sums, so that its limbs are known while the others are added to.
    let mut high = zero();
    unroll!(J in [0 1 2 3 4 5 6 7] {
        if (FROM..LANES).contains(&J) {
            window[1] = _mm512_madd52lo_epu64(window[1], inverse(J, 0), factors[J]);
            high = _mm512_madd52hi_epu64(high, inverse(J + 1, 0), factors[J]);
        }
    });
    window[1] = _mm512_add_epi64(window[1], high);
    let next = take_limbs(window, 1);
    unroll!(J in [0 1 2 3 4 5 6 7] {
        unroll!(R in [1 2 3 4 5 6 7 8] {
            if (FROM..LANES).contains(&J) && reaches(R, J) {
                window[R + 1] = _mm512_madd52lo_epu64(window[R + 1], inverse(J, R), factors[J]);
            }
            if (FROM..LANES).contains(&J) && reaches(R, J + 1) {
                window[R + 1] = _mm512_madd52hi_epu64(window[R + 1], inverse(J + 1, R), factors[J]);
            }
        });
    });
    next
}

/// Makes the limbs of the lowest register zero by adding multiples of N to it and to those above.
///
/// The lowest limb of N is that of −1, so the multiple that clears a limb is the limb itself; and the sum is that with as
/// many times N + 1, whose lowest limb is 0, without the limb.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(super) fn clear_limbs(window: &mut [__m512i; WINDOW]) {
    let mut factors = [zero(); LANES];
    // The next limb is known before the high halves are added, which lie above it.
    let mut known = window[0];
    unroll!(J in [0 1 2 3 4 5 6 7] {
        factors[J] = _mm512_permutexvar_epi64(splat(J as u64), known);
        known = _mm512_madd52lo_epu64(window[0], modulus(J, 0), factors[J]);
        // For the last limb the mask is empty: it carries to the next register.
        known = _mm512_mask_add_epi64(known, 1 << J << 1, known, shift_right(factors[J]));
        window[0] = _mm512_madd52hi_epu64(known, modulus(J + 1, 0), factors[J]);
    });
    window[1] = _mm512_mask_add_epi64(window[1], 1, window[1], shift_right(factors[LANES - 1]));
    unroll!(J in [0 1 2 3 4 5 6 7] {
        unroll!(R in [1 2 3 4 5 6 7 8] {
            if reaches(R, J) {
                window[R] = _mm512_madd52lo_epu64(window[R], modulus(J, R), factors[J]);
            }
            if reaches(R, J + 1) {
                window[R] = _mm512_madd52hi_epu64(window[R], modulus(J + 1, R), factors[J]);
            }
        });
    });
}

/// Whether a number has limbs in a register when it is shifted up by `shift` lanes.
const fn reaches(register: usize, shift: usize) -> bool {
    LANES * register < SIGNIFICANT + shift
}

/// Which limbs get a carry when those that are `over` carry 1 and those that are `full` hand on what they get: the carries
/// of an addition of bits.
fn ripple(over: u64, full: u64) -> u64 {
    ((over << 1).wrapping_add(full)) ^ full
}

/// Takes what is above 52 bits of each lane to the next one; those of the lowest register are gone.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
pub(super) fn carry(number: &mut Element, window: &[__m512i; WINDOW]) {
    let mask = splat(MASK);
    let mut limbs = [zero(); REGISTERS];
    let mut carries = [zero(); REGISTERS + 1];
    let (mut over, mut full) = (0, 0);
    unroll!(R in [0 1 2 3 4 5 6 7] {
        carries[R + 1] = shift_right(window[R + 1]);
        limbs[R] = _mm512_and_si512(window[R + 1], mask);
        limbs[R] = _mm512_add_epi64(limbs[R], _mm512_alignr_epi64::<7>(carries[R + 1], carries[R]));
        over |= u64::from(_mm512_cmpgt_epu64_mask(limbs[R], mask)) << (LANES * R);
        full |= u64::from(_mm512_cmpeq_epu64_mask(limbs[R], mask)) << (LANES * R);
    });
    let gets = ripple(over, full).to_le_bytes();
    unroll!(R in [0 1 2 3 4 5 6 7] {
        limbs[R] = _mm512_mask_add_epi64(limbs[R], gets[R], limbs[R], splat(1));
        store(&mut number.0[R], _mm512_and_si512(limbs[R], mask));
    });
}

/// What is above 52 bits of each lane.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn shift_right(register: __m512i) -> __m512i {
    _mm512_srli_epi64::<{ BITS as u32 }>(register)
}

/// A register of N + 1 when that is shifted up by `shift` lanes.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn modulus(shift: usize, register: usize) -> __m512i {
    static SHIFTS: Shifts = shifts(&modulus_plus_one());
    load(&SHIFTS.0[shift][register])
}

/// A register of 2^−416 mod N when that is shifted up by `shift` lanes.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn inverse(shift: usize, register: usize) -> __m512i {
    static SHIFTS: Shifts = shifts(&inverse_of_a_register());
    load(&SHIFTS.0[shift][register])
}

/// The registers of a number that is shifted up by each number of lanes from 0 to 8.
#[repr(align(64))]
struct Shifts([[[u64; LANES]; SHIFTED]; LANES + 1]);

const fn shifts(limbs: &Limbs) -> Shifts {
    let mut table = [[[0; LANES]; SHIFTED]; LANES + 1];
    let mut shift = 0;
    while shift <= LANES {
        let mut place = 0;
        while place < SIGNIFICANT {
            let lane = place + shift;
            table[shift][lane / LANES][lane % LANES] = limbs[place / LANES][place % LANES];
            place += 1;
        }
        shift += 1;
    }
    Shifts(table)
}

const fn modulus_plus_one() -> Limbs {
    let mut limbs = limbs(&MODULUS);
    assert!(
        limbs[0][0] == MASK && limbs[0][1] < MASK,
        "N + 1 carries from the lowest limb no further than to the next"
    );
    limbs[0][0] = 0;
    limbs[0][1] += 1;
    limbs
}

/// 2^−416 mod N: eight times, 1 is made divisible by 2^52, by adding N times its lowest limb, and divided.
const fn inverse_of_a_register() -> Limbs {
    let modulus = limbs(&MODULUS);
    let mut number: Limbs = [[0; LANES]; REGISTERS];
    number[0][0] = 1;
    let mut step = 0;
    while step < LANES {
        let factor = number[0][0] as u128;
        let mut sum = 0;
        let mut place = 0;
        while place < LIMBS {
            let (register, lane) = (place / LANES, place % LANES);
            sum = (sum >> BITS) + number[register][lane] as u128 + factor * modulus[register][lane] as u128;
            if place > 0 {
                number[(place - 1) / LANES][(place - 1) % LANES] = sum as u64 & MASK;
            }
            place += 1;
        }
        step += 1;
    }
    number
}
