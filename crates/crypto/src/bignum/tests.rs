//! The arithmetic against another implementation, crypto-bigint.

use crypto_bigint::{
    Odd, U3072,
    modular::{FixedMontyForm, FixedMontyParams},
};
use proptest::{array::uniform32, collection::vec, prelude::*};

use super::*;

use std::sync::LazyLock;

type Oracle = FixedMontyForm<{ U3072::LIMBS }>;

fn oracle(bytes: &[u8; BYTES]) -> Oracle {
    static PARAMS: LazyLock<FixedMontyParams<{ U3072::LIMBS }>> =
        LazyLock::new(|| FixedMontyParams::new_vartime(Odd::new(U3072::from_be_slice(&MODULUS)).unwrap()));
    FixedMontyForm::new(&U3072::from_be_slice(bytes), &PARAMS)
}

fn bytes(value: &Oracle) -> [u8; BYTES] {
    value.retrieve().to_be_bytes().into()
}

/// N + `change`, which must not leave 3072 bits.
fn near_modulus(change: i64) -> [u8; BYTES] {
    let modulus = U3072::from_be_slice(&MODULUS);
    let distance = U3072::from(change.unsigned_abs());
    let value = if change < 0 { modulus.wrapping_sub(&distance) } else { modulus.wrapping_add(&distance) };
    value.to_be_bytes().into()
}

fn integer(bytes: &[u8]) -> U3072 {
    let mut wide = [0; BYTES];
    wide[BYTES - bytes.len()..].copy_from_slice(bytes);
    U3072::from_be_slice(&wide)
}

fn small(value: u8) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    bytes[BYTES - 1] = value;
    bytes
}

/// 0, 1, 2, around N/2, N − 1, N, N + 1 and 2^3072 − 1.
fn edges() -> Vec<[u8; BYTES]> {
    let mut half = MODULUS;
    half[0] = 0x7f;
    vec![
        small(0),
        small(1),
        small(2),
        half,
        near_modulus(-2),
        near_modulus(-1),
        MODULUS,
        near_modulus(1),
        [0xff; BYTES],
    ]
}

fn wide() -> impl Strategy<Value = [u8; BYTES]> {
    prop_oneof![
        3 => uniform32(any::<[u8; BYTES / 32]>()).prop_map(|rows| rows.as_flattened().try_into().unwrap()),
        1 => proptest::sample::select(edges()),
    ]
}

#[test]
fn addition_subtraction_and_multiplication_agree_on_the_edges() {
    for left in edges() {
        for right in edges() {
            let (a, b) = (Residue::reduce(&left), Residue::reduce(&right));
            let (x, y) = (oracle(&left), oracle(&right));
            assert_eq!(*a.add(&b).as_bytes(), bytes(&x.add(&y)));
            assert_eq!(*a.sub(&b).as_bytes(), bytes(&x.sub(&y)));
            for engine in Engine::all() {
                assert_eq!(*engine.mul(&a, &b).as_bytes(), bytes(&x.mul(&y)), "{engine:?}");
            }
        }
    }
}

#[test]
fn powers_agree_on_the_edges() {
    for base in edges() {
        // Wide exponents take the oracle long: few are enough.
        for exponent in [small(0), small(1), near_modulus(-1), [0xff; BYTES]] {
            let expected = bytes(&oracle(&base).pow(&U3072::from_be_slice(&exponent)));
            for engine in Engine::all() {
                let base = Residue::reduce(&base);
                assert_eq!(*engine.pow(&base, &exponent).as_bytes(), expected, "{engine:?}");
                assert_eq!(*engine.pow_public(&base, &exponent).as_bytes(), expected, "{engine:?}");
            }
        }
    }
}

#[test]
fn generator_powers_from_the_table_agree_on_the_edges() {
    let generator = oracle(&small(GENERATOR));
    let mut exponents = vec![vec![], vec![0], vec![1], vec![0; 32], vec![0xff; 32], vec![0xff; 33]];
    // Each digit of base 16 alone in each place would be 960 powers; each place once with another digit is 64.
    exponents.extend((0..64_usize).map(|place| {
        let mut exponent = vec![0_u8; 32];
        exponent[31 - place / 2] = u8::try_from(1 + place % 15).unwrap() << (4 * (place % 2));
        exponent
    }));
    for exponent in exponents {
        let expected = bytes(&generator.pow_vartime(&integer(&exponent)));
        for engine in Engine::all() {
            let power = engine.generator_pow(&exponent);
            assert_eq!(*power.as_bytes(), expected, "{engine:?}, {exponent:02x?}");
        }
    }
}

#[test]
fn numbers_of_equal_bits_stay_the_same() {
    // Long runs of zeros and ones carry far.
    let one = Residue::reduce(&[1]);
    for place in 0..3071 {
        let power = U3072::ONE.shl(place);
        for number in [
            power,
            power.wrapping_sub(&U3072::ONE),
            U3072::from_be_slice(&MODULUS).wrapping_sub(&power),
            U3072::MAX.shr(place),
        ] {
            let number = Residue::reduce(number.to_be_bytes().as_ref());
            for engine in Engine::all() {
                assert_eq!(engine.mul(&number, &one), number, "{engine:?}, {place}");
            }
        }
    }
}

#[test]
fn only_integers_below_the_modulus_are_residues() {
    assert!(Residue::from_bytes(&near_modulus(-1)).is_some());
    assert!(Residue::from_bytes(&small(0)).is_some());
    for bytes in [MODULUS, near_modulus(1), [0xff; BYTES]] {
        assert_eq!(Residue::from_bytes(&bytes), None);
    }
}

#[test]
fn multiples_of_the_modulus_are_zero() {
    // 2N has one byte more than N.
    let mut double = vec![1];
    double.extend_from_slice(U3072::from_be_slice(&MODULUS).shl(1).to_be_bytes().as_ref());
    for zero in [&[][..], &[0], &MODULUS, &double] {
        assert!(Residue::reduce(zero).is_zero());
    }
    assert!(!Residue::reduce(&[1]).is_zero());
}

#[test]
fn debug_output_shows_nothing() {
    assert_eq!(format!("{:?}", Residue::reduce(&[42])), "Residue(..)");
}

#[test]
fn threads_share_the_group_and_the_table() {
    let expected = Residue::generator_pow(&[7; 32]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(Residue::generator_pow(&[7; 32]), expected));
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn products_and_short_powers_agree(left in wide(), right in wide()) {
        let (a, b) = (Residue::reduce(&left), Residue::reduce(&right));
        let (x, y) = (oracle(&left), oracle(&right));
        for engine in Engine::all() {
            prop_assert_eq!(*engine.mul(&a, &b).as_bytes(), bytes(&x.mul(&y)), "{:?}", engine);
        }
        // The exponent 17 takes squares and products, and the oracle little time; aws-lc's powers would take much.
        let power = x.square().square().square().square().mul(&x);
        prop_assert_eq!(*Engine::best().pow(&a, &[17]).as_bytes(), bytes(&power));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn sums_and_differences_agree(left in wide(), right in wide()) {
        let (a, b) = (Residue::reduce(&left), Residue::reduce(&right));
        let (x, y) = (oracle(&left), oracle(&right));
        prop_assert_eq!(*a.as_bytes(), bytes(&x));
        prop_assert_eq!(*a.add(&b).as_bytes(), bytes(&x.add(&y)));
        prop_assert_eq!(*a.sub(&b).as_bytes(), bytes(&x.sub(&y)));
    }

    #[test]
    fn long_integers_are_reduced(high in wide(), low in wide()) {
        let long: Vec<u8> = high.iter().chain(&low).copied().collect();
        // high · 2^3072 + low, and 2^3072 mod N = (2^3072 − 1) + 1
        let shift = oracle(&[0xff; BYTES]).add(&oracle(&small(1)));
        prop_assert_eq!(*Residue::reduce(&long).as_bytes(), bytes(&oracle(&high).mul(&shift).add(&oracle(&low))));
    }

    #[test]
    fn powers_agree(base in wide(), exponent in vec(any::<u8>(), 0..=64)) {
        let expected = bytes(&oracle(&base).pow_vartime(&integer(&exponent)));
        for engine in Engine::all() {
            let base = Residue::reduce(&base);
            prop_assert_eq!(*engine.pow(&base, &exponent).as_bytes(), expected, "{:?}", engine);
            prop_assert_eq!(*engine.pow_public(&base, &exponent).as_bytes(), expected, "{:?}", engine);
        }
    }

    #[test]
    fn the_table_agrees_with_the_generic_power(exponent in vec(any::<u8>(), 0..=40)) {
        let generic = Engine::Portable.pow(&Residue::reduce(&[GENERATOR]), &exponent);
        for engine in Engine::all() {
            prop_assert_eq!(&engine.generator_pow(&exponent), &generic, "{:?}", engine);
        }
    }

    #[test]
    fn multiply_add_is_the_integer(
        factor in uniform32(any::<u8>()),
        other in uniform32(any::<u8>()),
        term in vec(any::<u8>(), 0..=128),
    ) {
        let sum = integer(&factor).wrapping_mul(&integer(&other)).wrapping_add(&integer(&term));
        let found = multiply_add(&factor, &other, &term);
        prop_assert_eq!(found.len(), term.len().max(64) + 1);
        prop_assert_eq!(integer(&found), sum);
    }
}
