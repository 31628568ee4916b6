//! Arithmetic modulo the prime of the SRP group.
//!
//! The modulus is the 3072-bit prime N of RFC 3526 and RFC 5054 group 15, and the generator is 2. A [`Residue`]
//! is plain bytes that are wiped when dropped; the arithmetic is aws-lc's. Time does not depend on the value of
//! an exponent or of a residue, except where a function says so. It does depend on the length of an exponent.
//!
//! This is the only module of the project that may call foreign functions itself: aws-lc-rs does not offer its
//! big numbers. Each foreign object lives in a wrapper here that owns it, and no pointer leaves the module.
#![expect(unsafe_code, reason = "aws-lc-rs has no safe interface to aws-lc's big numbers")]

use std::{alloc, fmt, os::raw::c_int, ptr::NonNull, sync::LazyLock};

use aws_lc_sys as ffi;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

mod table;

#[cfg(test)]
mod tests;

/// Length of N, and of every residue, in bytes.
pub const BYTES: usize = 384;

/// The prime N, big-endian (authentication §8.1; the value is in the vectors).
pub const MODULUS: [u8; BYTES] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc9, 0x0f, 0xda, 0xa2, 0x21, 0x68, 0xc2, 0x34, 0xc4,
    0xc6, 0x62, 0x8b, 0x80, 0xdc, 0x1c, 0xd1, 0x29, 0x02, 0x4e, 0x08, 0x8a, 0x67, 0xcc, 0x74, 0x02, 0x0b,
    0xbe, 0xa6, 0x3b, 0x13, 0x9b, 0x22, 0x51, 0x4a, 0x08, 0x79, 0x8e, 0x34, 0x04, 0xdd, 0xef, 0x95, 0x19,
    0xb3, 0xcd, 0x3a, 0x43, 0x1b, 0x30, 0x2b, 0x0a, 0x6d, 0xf2, 0x5f, 0x14, 0x37, 0x4f, 0xe1, 0x35, 0x6d,
    0x6d, 0x51, 0xc2, 0x45, 0xe4, 0x85, 0xb5, 0x76, 0x62, 0x5e, 0x7e, 0xc6, 0xf4, 0x4c, 0x42, 0xe9, 0xa6,
    0x37, 0xed, 0x6b, 0x0b, 0xff, 0x5c, 0xb6, 0xf4, 0x06, 0xb7, 0xed, 0xee, 0x38, 0x6b, 0xfb, 0x5a, 0x89,
    0x9f, 0xa5, 0xae, 0x9f, 0x24, 0x11, 0x7c, 0x4b, 0x1f, 0xe6, 0x49, 0x28, 0x66, 0x51, 0xec, 0xe4, 0x5b,
    0x3d, 0xc2, 0x00, 0x7c, 0xb8, 0xa1, 0x63, 0xbf, 0x05, 0x98, 0xda, 0x48, 0x36, 0x1c, 0x55, 0xd3, 0x9a,
    0x69, 0x16, 0x3f, 0xa8, 0xfd, 0x24, 0xcf, 0x5f, 0x83, 0x65, 0x5d, 0x23, 0xdc, 0xa3, 0xad, 0x96, 0x1c,
    0x62, 0xf3, 0x56, 0x20, 0x85, 0x52, 0xbb, 0x9e, 0xd5, 0x29, 0x07, 0x70, 0x96, 0x96, 0x6d, 0x67, 0x0c,
    0x35, 0x4e, 0x4a, 0xbc, 0x98, 0x04, 0xf1, 0x74, 0x6c, 0x08, 0xca, 0x18, 0x21, 0x7c, 0x32, 0x90, 0x5e,
    0x46, 0x2e, 0x36, 0xce, 0x3b, 0xe3, 0x9e, 0x77, 0x2c, 0x18, 0x0e, 0x86, 0x03, 0x9b, 0x27, 0x83, 0xa2,
    0xec, 0x07, 0xa2, 0x8f, 0xb5, 0xc5, 0x5d, 0xf0, 0x6f, 0x4c, 0x52, 0xc9, 0xde, 0x2b, 0xcb, 0xf6, 0x95,
    0x58, 0x17, 0x18, 0x39, 0x95, 0x49, 0x7c, 0xea, 0x95, 0x6a, 0xe5, 0x15, 0xd2, 0x26, 0x18, 0x98, 0xfa,
    0x05, 0x10, 0x15, 0x72, 0x8e, 0x5a, 0x8a, 0xaa, 0xc4, 0x2d, 0xad, 0x33, 0x17, 0x0d, 0x04, 0x50, 0x7a,
    0x33, 0xa8, 0x55, 0x21, 0xab, 0xdf, 0x1c, 0xba, 0x64, 0xec, 0xfb, 0x85, 0x04, 0x58, 0xdb, 0xef, 0x0a,
    0x8a, 0xea, 0x71, 0x57, 0x5d, 0x06, 0x0c, 0x7d, 0xb3, 0x97, 0x0f, 0x85, 0xa6, 0xe1, 0xe4, 0xc7, 0xab,
    0xf5, 0xae, 0x8c, 0xdb, 0x09, 0x33, 0xd7, 0x1e, 0x8c, 0x94, 0xe0, 0x4a, 0x25, 0x61, 0x9d, 0xce, 0xe3,
    0xd2, 0x26, 0x1a, 0xd2, 0xee, 0x6b, 0xf1, 0x2f, 0xfa, 0x06, 0xd9, 0x8a, 0x08, 0x64, 0xd8, 0x76, 0x02,
    0x73, 0x3e, 0xc8, 0x6a, 0x64, 0x52, 0x1f, 0x2b, 0x18, 0x17, 0x7b, 0x20, 0x0c, 0xbb, 0xe1, 0x17, 0x57,
    0x7a, 0x61, 0x5d, 0x6c, 0x77, 0x09, 0x88, 0xc0, 0xba, 0xd9, 0x46, 0xe2, 0x08, 0xe2, 0x4f, 0xa0, 0x74,
    0xe5, 0xab, 0x31, 0x43, 0xdb, 0x5b, 0xfc, 0xe0, 0xfd, 0x10, 0x8e, 0x4b, 0x82, 0xd1, 0x20, 0xa9, 0x3a,
    0xd2, 0xca, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
];

/// The generator g.
pub const GENERATOR: u8 = 2;

/// An integer from 0 to N − 1.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Residue([u8; BYTES]);

impl fmt::Debug for Residue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Residue(..)")
    }
}

impl PartialEq for Residue {
    /// Compares in constant time.
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Residue {}

impl Residue {
    /// The residue of a big-endian integer of any length. Takes variable time: for public values only.
    #[must_use]
    pub fn reduce(integer: &[u8]) -> Self {
        let (mut remainder, scratch) = (Number::new(), Scratch::new());
        let integer = Number::from_bytes(integer);
        remainder.set_remainder(&integer, &GROUP.modulus, &scratch);
        Self(remainder.to_bytes())
    }

    /// A residue from its [`BYTES`] big-endian bytes; `None` unless the integer is less than N.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; BYTES]) -> Option<Self> {
        // The order of byte strings is the order of integers here. It leaks how many leading bytes are those of
        // N, which are all ones.
        (*bytes < MODULUS).then_some(Self(*bytes))
    }

    /// The big-endian bytes, with leading zeros.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; BYTES] {
        &self.0
    }

    /// Whether this is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0.ct_eq(&[0; BYTES]).into()
    }

    /// The sum modulo N.
    #[must_use]
    pub fn add(&self, other: &Self) -> Self {
        let mut sum = Number::new();
        sum.set_sum(&self.to_number(), &other.to_number(), &GROUP.modulus);
        Self(sum.to_bytes())
    }

    /// The difference modulo N.
    #[must_use]
    pub fn sub(&self, other: &Self) -> Self {
        let mut difference = Number::new();
        difference.set_difference(&self.to_number(), &other.to_number(), &GROUP.modulus);
        Self(difference.to_bytes())
    }

    /// The product modulo N.
    #[must_use]
    pub fn mul(&self, other: &Self) -> Self {
        let scratch = Scratch::new();
        // One factor in Montgomery form makes the product an ordinary residue.
        let mut product = GROUP.montgomery.enter(&self.to_number(), &scratch);
        GROUP.montgomery.multiply(&mut product, &other.to_number(), &scratch);
        Self(product.to_bytes())
    }

    /// This residue to the power of a big-endian exponent of any length. An empty exponent is zero.
    #[must_use]
    pub fn pow(&self, exponent: &[u8]) -> Self {
        let mut power = Number::new();
        power.set_power(&self.to_number(), &Number::from_bytes(exponent), &GROUP, &Scratch::new());
        Self(power.to_bytes())
    }

    /// The generator to the power of a big-endian exponent of any length.
    ///
    /// Exponents of at most 32 bytes take about a quarter of the time of [`Residue::pow`]. The first call
    /// computes the table that makes it so, once for the process (a few milliseconds, 384 KiB).
    #[must_use]
    pub fn generator_pow(exponent: &[u8]) -> Self {
        match table::Exponent::new(exponent) {
            Some(exponent) => TABLE.pow(&exponent),
            None => Self::reduce(&[GENERATOR]).pow(exponent),
        }
    }

    fn to_number(&self) -> Number {
        Number::from_bytes(&self.0)
    }
}

/// `factor · other + term` as an integer, big-endian. Leading zeros are kept, so that the length depends on the
/// lengths of the operands only.
///
/// This is the exponent `a + u·x` of the client, which is not reduced.
#[must_use]
pub fn multiply_add(factor: &[u8; 32], other: &[u8; 32], term: &[u8]) -> Zeroizing<Vec<u8>> {
    // Columns of base 256, lowest first. A column gathers at most 33 · 255² and a carry: far below 2³².
    let mut columns = Zeroizing::new(vec![0_u32; term.len().max(64) + 1]);
    for (shift, digit) in factor.iter().rev().enumerate() {
        for (column, other) in columns.iter_mut().skip(shift).zip(other.iter().rev()) {
            *column += u32::from(*digit) * u32::from(*other);
        }
    }
    for (column, digit) in columns.iter_mut().zip(term.iter().rev()) {
        *column += u32::from(*digit);
    }
    let mut carry = 0;
    let mut sum = Zeroizing::new(Vec::with_capacity(columns.len()));
    for column in columns.iter() {
        let total = column + carry;
        sum.push(total.to_le_bytes()[0]);
        carry = total >> 8;
    }
    sum.reverse();
    sum
}

/// What is computed once about N and only read afterwards.
struct Group {
    modulus: Number,
    montgomery: Montgomery,
}

static GROUP: LazyLock<Group> = LazyLock::new(|| {
    let modulus = Number::from_bytes(&MODULUS);
    Group { montgomery: Montgomery::new(&modulus, &Scratch::new()), modulus }
});

static TABLE: LazyLock<table::Table> = LazyLock::new(table::Table::new);

/// An aws-lc big number, never negative, that this value owns.
struct Number(NonNull<ffi::BIGNUM>);

// SAFETY: a BIGNUM is memory without ties to a thread, and this wrapper is its only owner.
unsafe impl Send for Number {}
// SAFETY: functions that take `&Number` hand aws-lc a const pointer; aws-lc does not write through those
// (openssl/bn.h, openssl/base.h: concurrent calls with const arguments are allowed). Writing needs `&mut`.
unsafe impl Sync for Number {}

impl Drop for Number {
    fn drop(&mut self) {
        // SAFETY: the pointer came from aws-lc's allocator and is freed only here. The memory is wiped.
        unsafe { ffi::BN_clear_free(self.0.as_ptr()) }
    }
}

impl Number {
    /// Zero.
    fn new() -> Self {
        // SAFETY: takes no arguments; the result is checked for null.
        Self(allocated(unsafe { ffi::BN_new() }))
    }

    /// A big-endian integer. Leading zero bytes widen the number and so stay hidden from timing.
    fn from_bytes(bytes: &[u8]) -> Self {
        // SAFETY: reads `len` bytes from a live slice; null asks for a new number, which is checked.
        Self(allocated(unsafe { ffi::BN_bin2bn(bytes.as_ptr(), bytes.len(), std::ptr::null_mut()) }))
    }

    /// Big-endian bytes of a number less than N.
    fn to_bytes(&self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        // SAFETY: writes exactly `BYTES` bytes into a live array, and refuses a number that does not fit.
        done(unsafe { ffi::BN_bn2bin_padded(bytes.as_mut_ptr(), BYTES, self.0.as_ptr()) });
        bytes
    }

    /// Overwrites this number with little-endian bytes, the order in which the table keeps its entries.
    fn set_little_endian(&mut self, bytes: &[u8; BYTES]) {
        // SAFETY: reads `BYTES` bytes from a live array into a number that `&mut self` owns alone; the function
        // returns that same number, or null if it could not grow it.
        allocated(unsafe { ffi::BN_le2bn(bytes.as_ptr(), BYTES, self.0.as_ptr()) });
    }

    /// Little-endian bytes of a number less than N.
    fn to_little_endian(&self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        // SAFETY: writes exactly `BYTES` bytes into a live array, and refuses a number that does not fit.
        done(unsafe { ffi::BN_bn2le_padded(bytes.as_mut_ptr(), BYTES, self.0.as_ptr()) });
        bytes
    }

    /// `self = number mod modulus`, in variable time.
    fn set_remainder(&mut self, number: &Self, modulus: &Self, scratch: &Scratch) {
        // SAFETY: all pointers are live; the one written to is owned alone through `&mut self`.
        done(unsafe {
            ffi::BN_nnmod(self.0.as_ptr(), number.0.as_ptr(), modulus.0.as_ptr(), scratch.0.as_ptr())
        });
    }

    /// `self = left + right mod modulus` for operands less than the modulus.
    fn set_sum(&mut self, left: &Self, right: &Self, modulus: &Self) {
        // SAFETY: all pointers are live; the one written to is owned alone through `&mut self`.
        done(unsafe {
            ffi::BN_mod_add_quick(self.0.as_ptr(), left.0.as_ptr(), right.0.as_ptr(), modulus.0.as_ptr())
        });
    }

    /// `self = left − right mod modulus` for operands less than the modulus.
    fn set_difference(&mut self, left: &Self, right: &Self, modulus: &Self) {
        // SAFETY: all pointers are live; the one written to is owned alone through `&mut self`.
        done(unsafe {
            ffi::BN_mod_sub_quick(self.0.as_ptr(), left.0.as_ptr(), right.0.as_ptr(), modulus.0.as_ptr())
        });
    }

    /// `self = base ^ exponent mod N` for a base less than N.
    fn set_power(&mut self, base: &Self, exponent: &Self, group: &Group, scratch: &Scratch) {
        // SAFETY: all pointers are live; the one written to is owned alone through `&mut self`. The Montgomery
        // context belongs to the modulus, and is only read.
        done(unsafe {
            ffi::BN_mod_exp_mont_consttime(
                self.0.as_ptr(),
                base.0.as_ptr(),
                exponent.0.as_ptr(),
                group.modulus.0.as_ptr(),
                scratch.0.as_ptr(),
                group.montgomery.0.as_ptr(),
            )
        });
    }
}

/// Temporary numbers for aws-lc. Not `Sync`: each computation makes its own.
struct Scratch(NonNull<ffi::BN_CTX>);

impl Drop for Scratch {
    fn drop(&mut self) {
        // SAFETY: the pointer came from `BN_CTX_new` and is freed only here.
        unsafe { ffi::BN_CTX_free(self.0.as_ptr()) }
    }
}

impl Scratch {
    fn new() -> Self {
        // SAFETY: takes no arguments; the result is checked for null.
        Self(allocated(unsafe { ffi::BN_CTX_new() }))
    }
}

/// Constants for Montgomery multiplication modulo N. Immutable once made.
struct Montgomery(NonNull<ffi::BN_MONT_CTX>);

// SAFETY: a BN_MONT_CTX is memory without ties to a thread, and this wrapper is its only owner.
unsafe impl Send for Montgomery {}
// SAFETY: after `new` the context is passed to aws-lc as const only, which it does not write through.
unsafe impl Sync for Montgomery {}

impl Drop for Montgomery {
    fn drop(&mut self) {
        // SAFETY: the pointer came from `BN_MONT_CTX_new_for_modulus` and is freed only here.
        unsafe { ffi::BN_MONT_CTX_free(self.0.as_ptr()) }
    }
}

impl Montgomery {
    fn new(modulus: &Number, scratch: &Scratch) -> Self {
        // SAFETY: both pointers are live; the context copies the modulus. The result is checked for null, which
        // means no memory: the modulus is odd and positive.
        Self(allocated(unsafe { ffi::BN_MONT_CTX_new_for_modulus(modulus.0.as_ptr(), scratch.0.as_ptr()) }))
    }

    /// The Montgomery form of a number less than N.
    fn enter(&self, number: &Number, scratch: &Scratch) -> Number {
        let form = Number::new();
        // SAFETY: all pointers are live; the one written to was made here.
        done(unsafe {
            ffi::BN_to_montgomery(form.0.as_ptr(), number.0.as_ptr(), self.0.as_ptr(), scratch.0.as_ptr())
        });
        form
    }

    /// The number of a Montgomery form.
    fn leave(&self, form: &Number, scratch: &Scratch) -> Number {
        let number = Number::new();
        // SAFETY: all pointers are live; the one written to was made here.
        done(unsafe {
            ffi::BN_from_montgomery(number.0.as_ptr(), form.0.as_ptr(), self.0.as_ptr(), scratch.0.as_ptr())
        });
        number
    }

    /// `left = left · right / R mod N` for numbers less than N.
    fn multiply(&self, left: &mut Number, right: &Number, scratch: &Scratch) {
        let product = left.0.as_ptr();
        // SAFETY: all pointers are live; the product may overwrite a factor, which `&mut` owns alone.
        done(unsafe {
            ffi::BN_mod_mul_montgomery(
                product,
                product,
                right.0.as_ptr(),
                self.0.as_ptr(),
                scratch.0.as_ptr(),
            )
        });
    }
}

/// The pointer, which is null only if aws-lc found no memory.
fn allocated<T>(pointer: *mut T) -> NonNull<T> {
    NonNull::new(pointer).unwrap_or_else(|| out_of_memory())
}

/// Checks the result of an aws-lc function. With operands in range, which every caller above makes sure of, the
/// only cause of a failure is missing memory.
fn done(result: c_int) {
    if result != 1 {
        out_of_memory();
    }
}

/// Ends the process as a failed allocation of Rust's own does.
fn out_of_memory() -> ! {
    alloc::handle_alloc_error(alloc::Layout::new::<Residue>())
}
