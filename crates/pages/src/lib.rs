//! What people see on a pool's domain: sign-in, sign-up, recovery, consent, their account, errors.
//!
//! A page is a struct of plain typed values; [`Page::html`] makes the document of it. The crate knows neither HTTP nor
//! cookies nor the rules of a sign-in: who serves a page says where its forms lead and what went wrong
//! ([`Problem`]), and the page says it in the reader's language. Templates are compiled, and escape every value.
//!
//! - [`Shell`]: what all pages share: language, brand, where the pool's paths begin.
//! - [`Form`]: where a form leads, what it carries along, what was typed, and the problems beside its fields.
//! - [`Branding`](branding::Branding), [`classic`](branding::classic): the operator's colours, lengths and pictures as
//!   a style sheet of the pool's own; never markup.
//! - [`assets`]: the style sheet and the script of the pages, under names of their content.
//! - [`security`]: the headers that pages go out with.
//!
//! Pages work without scripts, passkeys excepted; the script only adds to what is there.

pub mod assets;
pub mod branding;
mod factor;
mod field;
mod form;
mod href;
mod language;
mod moment;
mod pages;
mod password;
mod problem;
mod providers;
mod qr;
pub mod security;
mod shell;
mod texts;

pub use factor::{Choice, Factor};
pub use field::{Attribute, UsernameKind};
pub use form::Form;
pub use href::Href;
pub use language::Language;
pub use moment::Moment;
pub use pages::*;
pub use password::PasswordRules;
pub use problem::{Notice, Problem};
pub use providers::{Provider, Providers};
pub use shell::{Brand, Picture, Shell};
pub use texts::Texts;

/// Something that is shown as a document of its own.
pub trait Page {
    /// The document.
    fn html(&self) -> String;
}

impl<T: askama::Template> Page for T {
    fn html(&self) -> String {
        let mut html = String::with_capacity(T::SIZE_HINT);
        // Writing into a `String` does not fail, and no value of ours refuses to be written.
        let written = self.render_into(&mut html);
        debug_assert!(written.is_ok(), "{written:?}");
        html
    }
}
