//! What every page shares.

use crate::assets::{self, Asset};
use crate::texts::Texts;
use crate::{Form, Href, Language};

/// The frame around a page: its language, its brand, and where the domain's paths begin.
#[derive(Clone, Debug)]
pub struct Shell<'a> {
    pub(crate) t: &'static Texts,
    pub(crate) language: Language,
    pub(crate) base: &'a str,
    pub(crate) brand: Brand<'a>,
    pub(crate) here: Option<&'a str>,
}

/// What the operator's brand adds to a page, beside the rules of its style sheets.
#[derive(Clone, Debug, Default)]
pub struct Brand<'a> {
    /// The pool's or the application's name: what stands where a logo would, and in the title of the window.
    pub name: &'a str,
    /// The logo at the head of the form.
    pub logo: Option<Picture<'a>>,
    /// The picture in the title of the window.
    pub favicon: Option<Href<'a>>,
    /// Style sheets after ours: [`branding`](crate::branding) makes them.
    pub style_sheets: &'a [Href<'a>],
    /// The logo across the top of the page, where the page has a header.
    pub header: Option<Picture<'a>>,
    /// The logo across the bottom of the page, where the page has a footer.
    pub footer: Option<Picture<'a>>,
    /// The picture of what the page is about: of mail, of a telephone, of an app, of a passkey.
    pub graphic: Option<Picture<'a>>,
}

/// A picture, and the one that takes its place in the dark.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    /// The picture.
    pub light: Href<'a>,
    /// The picture of dark pages, where it differs and the reader's system decides.
    pub dark: Option<Href<'a>>,
}

impl<'a> Shell<'a> {
    /// A frame whose paths begin with `base`, which is empty or a path without a slash at its end.
    pub fn new(language: Language, base: &'a str, brand: Brand<'a>) -> Self {
        Self { t: language.texts(), language, base, brand, here: None }
    }

    /// With a choice of languages: `here` is the page's own address without `lang`, to be asked for again.
    #[must_use]
    pub fn with_languages(mut self, here: &'a str) -> Self {
        self.here = Some(here);
        self
    }

    /// Each language with the address of this page in it.
    pub(crate) fn languages(&self) -> Vec<(Language, String)> {
        let Some(here) = self.here else { return Vec::new() };
        let joint = match here.chars().last() {
            Some('?' | '&') => "",
            _ if here.contains('?') => "&",
            _ => "?",
        };
        let address = |language: Language| format!("{here}{joint}lang={}", language.tag());
        Language::ALL.into_iter().map(|language| (language, address(language))).collect()
    }

    /// The page's name in the title of the window: a page that comes back says so first.
    pub(crate) fn titled(&self, form: &Form<'_>, title: &str) -> String {
        if form.problems.is_empty() { title.to_owned() } else { format!("{} {title}", self.t.error) }
    }

    pub(crate) fn style(&self) -> String {
        self.asset(assets::style())
    }

    pub(crate) fn script(&self) -> String {
        self.asset(assets::script())
    }

    fn asset(&self, asset: &Asset) -> String {
        [self.base, assets::PATH, &asset.name].concat()
    }
}
