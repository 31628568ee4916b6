//! Safe wrappers of aws-lc's big numbers.
//!
//! Each foreign object lives in a value that owns it, and no pointer leaves this module. An operand that a
//! function wants below N and is not makes the result meaningless or ends the process; it does no other harm.
#![expect(unsafe_code, reason = "aws-lc-rs has no safe interface to aws-lc's big numbers")]

use std::{alloc, os::raw::c_int, ptr, ptr::NonNull};

use aws_lc_sys as ffi;

use crate::bignum::BYTES;

/// An aws-lc big number, never negative, that this value owns.
pub(super) struct Number(NonNull<ffi::BIGNUM>);

impl Drop for Number {
    fn drop(&mut self) {
        // SAFETY: the pointer came from aws-lc's allocator and is freed only here. The memory is wiped.
        unsafe { ffi::BN_clear_free(self.0.as_ptr()) }
    }
}

impl Number {
    /// Zero.
    pub(super) fn new() -> Self {
        // SAFETY: takes no arguments; the result is checked for null.
        Self(allocated(unsafe { ffi::BN_new() }))
    }

    /// A big-endian integer. Leading zero bytes widen the number and so stay hidden from timing.
    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        // SAFETY: reads `len` bytes from a live slice; null asks for a new number, which is checked.
        Self(allocated(unsafe { ffi::BN_bin2bn(bytes.as_ptr(), bytes.len(), ptr::null_mut()) }))
    }

    /// Big-endian bytes of a number below N.
    pub(super) fn to_bytes(&self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        // SAFETY: writes exactly `BYTES` bytes into a live array, and refuses a number that does not fit.
        done(unsafe { ffi::BN_bn2bin_padded(bytes.as_mut_ptr(), BYTES, self.0.as_ptr()) });
        bytes
    }

    /// Overwrites this number with little-endian bytes, the order in which the table keeps its entries.
    pub(super) fn set_little_endian(&mut self, bytes: &[u8; BYTES]) {
        // SAFETY: reads `BYTES` bytes from a live array into a number that `&mut self` owns alone; the function
        // returns that same number, or null if it could not grow it.
        allocated(unsafe { ffi::BN_le2bn(bytes.as_ptr(), BYTES, self.0.as_ptr()) });
    }

    /// Little-endian bytes of a number below N.
    pub(super) fn to_little_endian(&self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        // SAFETY: writes exactly `BYTES` bytes into a live array, and refuses a number that does not fit.
        done(unsafe { ffi::BN_bn2le_padded(bytes.as_mut_ptr(), BYTES, self.0.as_ptr()) });
        bytes
    }
}

/// Temporary numbers for aws-lc. Each computation makes its own: aws-lc writes to it.
pub(super) struct Scratch(NonNull<ffi::BN_CTX>);

impl Drop for Scratch {
    fn drop(&mut self) {
        // SAFETY: the pointer came from `BN_CTX_new` and is freed only here.
        unsafe { ffi::BN_CTX_free(self.0.as_ptr()) }
    }
}

impl Scratch {
    pub(super) fn new() -> Self {
        // SAFETY: takes no arguments; the result is checked for null.
        Self(allocated(unsafe { ffi::BN_CTX_new() }))
    }
}

/// N with its constants for Montgomery multiplication. Immutable once made.
pub(super) struct Modulus {
    value: Number,
    montgomery: NonNull<ffi::BN_MONT_CTX>,
}

// SAFETY: both objects are memory without ties to a thread, and this value is their only owner.
unsafe impl Send for Modulus {}
// SAFETY: after `new`, aws-lc gets both objects through const parameters only. It does not write through those,
// not even to cache something, and allows concurrent calls with them.
unsafe impl Sync for Modulus {}

impl Drop for Modulus {
    fn drop(&mut self) {
        // SAFETY: the pointer came from `BN_MONT_CTX_new_for_modulus` and is freed only here.
        unsafe { ffi::BN_MONT_CTX_free(self.montgomery.as_ptr()) }
    }
}

impl Modulus {
    pub(super) fn new(bytes: &[u8; BYTES]) -> Self {
        // Finds out what the processor can do; aws-lc-rs does the same before its first call.
        ffi::init();
        let (value, scratch) = (Number::from_bytes(bytes), Scratch::new());
        // SAFETY: both pointers are live; the context copies the modulus. The result is checked for null.
        let montgomery = unsafe { ffi::BN_MONT_CTX_new_for_modulus(value.0.as_ptr(), scratch.0.as_ptr()) };
        Self { montgomery: allocated(montgomery), value }
    }

    /// `number mod N` for a number of any size, in variable time.
    pub(super) fn remainder(&self, number: &Number) -> Number {
        let (result, scratch) = (Number::new(), Scratch::new());
        let (out, modulus) = (result.0.as_ptr(), self.value.0.as_ptr());
        // SAFETY: all pointers are live; those written to were made here.
        done(unsafe { ffi::BN_nnmod(out, number.0.as_ptr(), modulus, scratch.0.as_ptr()) });
        result
    }

    /// `left + right mod N` for numbers below N.
    pub(super) fn sum(&self, left: &Number, right: &Number) -> Number {
        let result = Number::new();
        let (out, modulus) = (result.0.as_ptr(), self.value.0.as_ptr());
        // SAFETY: all pointers are live; the one written to was made here.
        done(unsafe { ffi::BN_mod_add_quick(out, left.0.as_ptr(), right.0.as_ptr(), modulus) });
        result
    }

    /// `left − right mod N` for numbers below N.
    pub(super) fn difference(&self, left: &Number, right: &Number) -> Number {
        let result = Number::new();
        let (out, modulus) = (result.0.as_ptr(), self.value.0.as_ptr());
        // SAFETY: all pointers are live; the one written to was made here.
        done(unsafe { ffi::BN_mod_sub_quick(out, left.0.as_ptr(), right.0.as_ptr(), modulus) });
        result
    }

    /// `base ^ exponent mod N` for a base below N.
    pub(super) fn power(&self, base: &Number, exponent: &Number) -> Number {
        let (result, scratch) = (Number::new(), Scratch::new());
        // SAFETY: all pointers are live; those written to were made here. The Montgomery context is that of the
        // modulus.
        done(unsafe {
            ffi::BN_mod_exp_mont_consttime(
                result.0.as_ptr(),
                base.0.as_ptr(),
                exponent.0.as_ptr(),
                self.value.0.as_ptr(),
                scratch.0.as_ptr(),
                self.montgomery.as_ptr(),
            )
        });
        result
    }

    /// The Montgomery form of a number below N.
    pub(super) fn enter(&self, number: &Number, scratch: &Scratch) -> Number {
        let form = Number::new();
        let (out, context) = (form.0.as_ptr(), self.montgomery.as_ptr());
        // SAFETY: all pointers are live; the number written to was made here, and `Scratch` is not shared.
        done(unsafe { ffi::BN_to_montgomery(out, number.0.as_ptr(), context, scratch.0.as_ptr()) });
        form
    }

    /// The number of a Montgomery form.
    pub(super) fn leave(&self, form: &Number, scratch: &Scratch) -> Number {
        let number = Number::new();
        let (out, context) = (number.0.as_ptr(), self.montgomery.as_ptr());
        // SAFETY: all pointers are live; the number written to was made here, and `Scratch` is not shared.
        done(unsafe { ffi::BN_from_montgomery(out, form.0.as_ptr(), context, scratch.0.as_ptr()) });
        number
    }

    /// `left = left · right / R mod N` for numbers below N: the product of two Montgomery forms is one, and that
    /// of a form and a number is a number.
    pub(super) fn multiply(&self, left: &mut Number, right: &Number, scratch: &Scratch) {
        let (out, context) = (left.0.as_ptr(), self.montgomery.as_ptr());
        // SAFETY: all pointers are live; the result may overwrite a factor, which `&mut` owns alone, and
        // `Scratch` is not shared.
        done(unsafe { ffi::BN_mod_mul_montgomery(out, out, right.0.as_ptr(), context, scratch.0.as_ptr()) });
    }
}

/// The pointer, which is null only if aws-lc found no memory.
fn allocated<T>(pointer: *mut T) -> NonNull<T> {
    NonNull::new(pointer).unwrap_or_else(|| out_of_memory())
}

/// Checks the result of an aws-lc function: with operands in range it fails only for lack of memory.
fn done(result: c_int) {
    if result != 1 {
        out_of_memory();
    }
}

/// Ends the process as a failed allocation of Rust's own does.
fn out_of_memory() -> ! {
    alloc::handle_alloc_error(alloc::Layout::new::<ffi::BIGNUM>())
}
