//! Products and powers of residues.
#![forbid(unsafe_code)]

use std::arch::x86_64::{_mm512_and_si512, _mm512_or_si512};
use std::array;
use std::sync::{LazyLock, OnceLock};

use subtle::ConstantTimeEq as _;

use super::super::{GENERATOR, Residue, comb};
use super::element::{Element, REGISTERS};
use super::multiply::{multiply, square};
use super::{load, splat, store, zero};

/// Values of a digit of an exponent.
const DIGITS: usize = comb::DIGITS;

/// Numbers from which one is chosen by a digit.
type Row = [Element; DIGITS];

/// R mod N and R² mod N, as numbers.
static R: LazyLock<Element> = LazyLock::new(|| power_of_two(3120));
static R_SQUARED: LazyLock<Element> = LazyLock::new(|| power_of_two(6240));

/// The product of two residues.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn mul(left: &Residue, right: &Residue) -> Residue {
    let mut product = enter(left);
    multiply(&mut product, &Element::from_bytes(right.as_bytes()));
    product.to_residue()
}

/// `base` to the power of a big-endian exponent, digit by digit.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn pow(base: &Residue, exponent: &[u8]) -> Residue {
    let row = row(&enter(base));
    let mut power = R.clone();
    let mut factor = Element::zero();
    let digits = exponent.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    for (place, digit) in digits.enumerate() {
        // The first digit finds 1, which no square changes.
        if place > 0 {
            for _ in 0..4 {
                square(&mut power);
            }
        }
        select(&mut factor, &row, digit);
        multiply(&mut power, &factor);
    }
    leave(power)
}

/// `base` to the power of a big-endian exponent that is no secret, by windows of up to four bits that begin and end with 1.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn pow_public(base: &Residue, exponent: &[u8]) -> Residue {
    let base = enter(base);
    let mut ratio = base.clone();
    square(&mut ratio);
    let odd_powers: [Element; DIGITS / 2] = progression(&base, &ratio);
    let bit = |place: usize| usize::from(exponent[exponent.len() - 1 - place / 8] >> (place % 8) & 1);
    let mut power = R.clone();
    let mut place = 8 * exponent.len();
    while place > 0 {
        let lowest = (place.saturating_sub(4)..place).find(|lowest| bit(*lowest) == 1).unwrap_or(place - 1);
        let window = (lowest..place).rev().fold(0, |window, place| 2 * window + bit(place));
        for _ in lowest..place {
            square(&mut power);
        }
        if window > 0 {
            multiply(&mut power, &odd_powers[window / 2]);
        }
        place = lowest;
    }
    leave(power)
}

/// The generator to the power of an exponent, from a table that the first call makes.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn comb_pow(exponent: &comb::Exponent) -> Residue {
    static TABLE: OnceLock<Vec<Row>> = OnceLock::new();
    let mut power = R.clone();
    let mut factor = Element::zero();
    for (row, digit) in TABLE.get_or_init(|| table()).iter().zip(exponent.digits()) {
        select(&mut factor, row, digit);
        multiply(&mut power, &factor);
    }
    leave(power)
}

/// A row for each place of an exponent, lowest first.
#[target_feature(enable = "avx512f,avx512ifma")]
fn table() -> Vec<Row> {
    let mut base = enter(&Residue::reduce(&[GENERATOR]));
    let mut rows = Vec::with_capacity(comb::PLACES);
    for _ in 0..comb::PLACES {
        rows.push(row(&base));
        for _ in 0..4 {
            square(&mut base);
        }
    }
    rows
}

/// The powers of `base` from 0 to 15.
#[target_feature(enable = "avx512f,avx512ifma")]
fn row(base: &Element) -> Row {
    progression(&R, base)
}

/// `first`, and each the product of the one before with `ratio`.
#[target_feature(enable = "avx512f,avx512ifma")]
fn progression<const COUNT: usize>(first: &Element, ratio: &Element) -> [Element; COUNT] {
    let mut elements = array::from_fn(|_| first.clone());
    for place in 1..COUNT {
        elements[place].0 = elements[place - 1].0;
        multiply(&mut elements[place], ratio);
    }
    elements
}

/// The element of a row at a secret place. Every element is read, so that the cache does not show which one was taken.
#[target_feature(enable = "avx512f,avx512ifma")]
fn select(chosen: &mut Element, row: &Row, digit: u8) {
    let masks: [u64; DIGITS] = array::from_fn(|index| {
        let taken = (index as u64).ct_eq(&u64::from(digit));
        0_u64.wrapping_sub(u64::from(taken.unwrap_u8()))
    });
    let mut registers = [zero(); REGISTERS];
    for (mask, element) in masks.into_iter().zip(row) {
        for (register, limbs) in registers.iter_mut().zip(&element.0) {
            *register = _mm512_or_si512(*register, _mm512_and_si512(load(limbs), splat(mask)));
        }
    }
    for (limbs, register) in chosen.0.iter_mut().zip(registers) {
        store(limbs, register);
    }
}

/// The Montgomery form of a residue.
#[target_feature(enable = "avx512f,avx512ifma")]
fn enter(residue: &Residue) -> Element {
    let mut element = Element::from_bytes(residue.as_bytes());
    multiply(&mut element, &R_SQUARED);
    element
}

/// The residue of a Montgomery form.
#[target_feature(enable = "avx512f,avx512ifma")]
fn leave(mut element: Element) -> Residue {
    let mut one = Element::zero();
    one.0[0][0] = 1;
    multiply(&mut element, &one);
    element.to_residue()
}

/// A power of two modulo N, of an exponent that is a multiple of eight.
fn power_of_two(exponent: usize) -> Element {
    let mut bytes = vec![0; exponent / 8 + 1];
    bytes[0] = 1;
    Element::from_bytes(Residue::reduce(&bytes).as_bytes())
}
