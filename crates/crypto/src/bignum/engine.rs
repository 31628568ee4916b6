//! Which implementation multiplies.

#[cfg(target_arch = "x86_64")]
use super::ifma::Ifma;
use super::{GENERATOR, Residue, comb, portable};

/// An implementation of products and powers that this machine can run.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Engine {
    /// aws-lc's, on any processor.
    Portable,
    /// The project's, with the AVX-512 instructions for integer multiplication.
    #[cfg(target_arch = "x86_64")]
    Ifma(Ifma),
}

impl Engine {
    /// The fastest.
    pub(crate) fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(ifma) = Ifma::detect() {
            return Self::Ifma(ifma);
        }
        Self::Portable
    }

    /// All, for tests of each.
    #[cfg(test)]
    pub(crate) fn all() -> Vec<Self> {
        match Self::best() {
            Self::Portable => vec![Self::Portable],
            #[cfg(target_arch = "x86_64")]
            best @ Self::Ifma(_) => vec![Self::Portable, best],
        }
    }

    /// [`Residue::mul`].
    pub(crate) fn mul(self, left: &Residue, right: &Residue) -> Residue {
        match self {
            Self::Portable => portable::mul(left, right),
            #[cfg(target_arch = "x86_64")]
            Self::Ifma(ifma) => ifma.mul(left, right),
        }
    }

    /// [`Residue::pow`].
    pub(crate) fn pow(self, base: &Residue, exponent: &[u8]) -> Residue {
        match self {
            Self::Portable => portable::pow(base, exponent),
            #[cfg(target_arch = "x86_64")]
            Self::Ifma(ifma) => ifma.pow(base, exponent),
        }
    }

    /// [`Residue::pow_public`].
    pub(crate) fn pow_public(self, base: &Residue, exponent: &[u8]) -> Residue {
        match self {
            Self::Portable => portable::pow(base, exponent),
            #[cfg(target_arch = "x86_64")]
            Self::Ifma(ifma) => ifma.pow_public(base, exponent),
        }
    }

    /// [`Residue::generator_pow`].
    pub(crate) fn generator_pow(self, exponent: &[u8]) -> Residue {
        match (self, comb::Exponent::new(exponent)) {
            (Self::Portable, Some(exponent)) => portable::comb_pow(&exponent),
            #[cfg(target_arch = "x86_64")]
            (Self::Ifma(ifma), Some(exponent)) => ifma.comb_pow(&exponent),
            (_, None) => self.pow(&Residue::reduce(&[GENERATOR]), exponent),
        }
    }
}
