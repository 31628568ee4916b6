//! What random numbers hardly ever meet: carries that run far. The rest is tested with all engines, in `bignum`.

use proptest::{collection::vec, prelude::*, sample::select};

use super::element::{BITS, Element, MASK};
use super::reduce::{self, WINDOW};
use super::*;
use crate::bignum::portable;

/// Sums that lanes may hold: of those that carry, that hand a carry on, and that do neither.
fn lane() -> impl Strategy<Value = u64> {
    select(vec![0, 1, MASK - 1, MASK, MASK, MASK + 1, 2 * MASK, 1 << 59, (1 << 60) - 1])
}

fn lanes(registers: usize) -> impl Strategy<Value = Vec<u64>> {
    vec(lane(), LANES * registers)
}

/// The lanes with their carries taken to the next ones; that of the last is lost.
fn carried(lanes: &[u64]) -> Vec<u64> {
    let mut carry = 0;
    let mut limb = |lane: &u64| {
        let sum = lane + carry;
        carry = sum >> BITS;
        sum & MASK
    };
    lanes.iter().map(&mut limb).collect()
}

/// The residue of the number with these lanes.
fn residue(lanes: &[u64]) -> Residue {
    let small = |number: u64| Residue::reduce(&number.to_be_bytes());
    lanes
        .iter()
        .rev()
        .fold(small(0), |above, lane| portable::add(&portable::mul(&above, &small(1 << BITS)), &small(*lane)))
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn window(lanes: &[u64]) -> [__m512i; WINDOW] {
    let mut window = [zero(); WINDOW];
    for (register, limbs) in window.iter_mut().zip(lanes.as_chunks().0) {
        *register = load(limbs);
    }
    window
}

/// What is left above a register by each step of the reduction.
#[target_feature(enable = "avx512f,avx512ifma")]
fn reduced(lanes: &[u64]) -> [Vec<u64>; 2] {
    let mut dropped = window(lanes);
    let limbs = reduce::take_limbs(&mut dropped, 0);
    reduce::drop_limbs::<0>(&mut dropped, limbs);
    let mut cleared = window(lanes);
    reduce::clear_limbs(&mut cleared);
    [dropped, cleared].map(|window| {
        let mut left = [[0; LANES]; WINDOW];
        for (limbs, register) in left.iter_mut().zip(window) {
            store(limbs, register);
        }
        left[1..].as_flattened().to_vec()
    })
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn carry(lanes: &[u64]) -> Element {
    let mut number = Element::zero();
    reduce::carry(&mut number, &window(lanes));
    number
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn carries_run_through_all_limbs(sums in lanes(8)) {
        if Ifma::detect().is_some() {
            let lanes = [vec![0; LANES], sums.clone(), vec![0; LANES]].concat();
            // SAFETY: the processor has the instructions.
            let number = unsafe { carry(&lanes) };
            prop_assert_eq!(number.limbs(), carried(&sums));
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_step_of_the_reduction_divides_by_a_register(sums in lanes(9)) {
        if Ifma::detect().is_some() {
            let lanes = [sums, vec![0; LANES]].concat();
            let divisor = Residue::reduce(&[&[1][..], &[0; 52]].concat());
            // SAFETY: the processor has the instructions.
            for left in unsafe { reduced(&lanes) } {
                prop_assert_eq!(portable::mul(&residue(&left), &divisor), residue(&lanes));
            }
        }
    }
}
