//! Arithmetic modulo N as aws-lc does it on any processor.

use std::sync::LazyLock;

use super::{MODULUS, Residue, comb};
use number::{Modulus, Number, Scratch};

mod number;
mod table;

static GROUP: LazyLock<Modulus> = LazyLock::new(|| Modulus::new(&MODULUS));

static TABLE: LazyLock<table::Table> = LazyLock::new(table::Table::new);

/// The residue of a big-endian integer of any length, in variable time.
pub(super) fn reduce(integer: &[u8]) -> Residue {
    Residue(GROUP.remainder(&Number::from_bytes(integer)).to_bytes())
}

/// The sum modulo N.
pub(super) fn add(left: &Residue, right: &Residue) -> Residue {
    Residue(GROUP.sum(&number(left), &number(right)).to_bytes())
}

/// The difference modulo N.
pub(super) fn sub(left: &Residue, right: &Residue) -> Residue {
    Residue(GROUP.difference(&number(left), &number(right)).to_bytes())
}

/// The product modulo N.
pub(super) fn mul(left: &Residue, right: &Residue) -> Residue {
    let scratch = Scratch::new();
    let mut product = GROUP.enter(&number(left), &scratch);
    GROUP.multiply(&mut product, &number(right), &scratch);
    Residue(product.to_bytes())
}

/// `base` to the power of a big-endian exponent of any length.
pub(super) fn pow(base: &Residue, exponent: &[u8]) -> Residue {
    Residue(GROUP.power(&number(base), &Number::from_bytes(exponent)).to_bytes())
}

/// The generator to the power of `exponent`.
pub(super) fn comb_pow(exponent: &comb::Exponent) -> Residue {
    TABLE.pow(exponent)
}

fn number(residue: &Residue) -> Number {
    Number::from_bytes(residue.as_bytes())
}
