//! Signing in elsewhere: the buttons of identity providers.

use crate::{Href, Picture, texts::Texts};

/// The providers that a sign-in page offers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Providers<'a> {
    /// The providers, in order.
    pub list: &'a [Provider<'a>],
    /// Whether they stand before the fields.
    pub first: bool,
}

/// A provider's button.
#[derive(Clone, Copy, Debug)]
pub struct Provider<'a> {
    /// What people call it.
    pub name: &'a str,
    /// Its mark, as the operator has it.
    pub icon: Option<Picture<'a>>,
    /// Whether it has a plain sign of ours where it has no mark. Marks of others are theirs to give.
    pub sign: bool,
    /// Where signing in there begins.
    pub href: Href<'a>,
    /// Whether it is a social provider, which classic styling tells from others.
    pub social: bool,
}

impl Provider<'_> {
    pub(crate) fn label(&self, t: &Texts) -> String {
        t.continue_with.with(self.name)
    }
}
