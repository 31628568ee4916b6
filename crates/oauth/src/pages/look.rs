//! How pages look: the operator's brand, by the version of the domain's pages
//! (docs/cognito/oauth-and-managed-login.md §10).

use std::collections::BTreeSet;

use poolhouse_core::branding::look::{self, Image, Managed};
use poolhouse_core::branding::ui;
use poolhouse_core::domains::ManagedLoginVersion;
use poolhouse_kernel::Fault;
use poolhouse_pages::branding::{Backgrounds, Branding, ProviderStyle, classic, name_of};
use poolhouse_pages::{Brand, Href, Language, Picture, Shell, assets};
use poolhouse_ports::ClientId;

use crate::place::Place;
use crate::visit::Visit;

/// The category of providers' marks.
const ICON: &str = "IDP_BUTTON_ICON";

/// The brand of a client's pages.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// What stands where a logo would.
    name: String,
    sheet: Option<Sheet>,
    logo: Option<Pair>,
    header: Option<Pair>,
    footer: Option<Pair>,
    favicon: Option<String>,
    pub(super) providers: ProviderStyle,
    pub(super) providers_first: bool,
    /// The marks of identity providers, by the providers' names; None where their buttons have none.
    icons: Option<Vec<(String, Pair)>>,
}

/// A style sheet, and its address.
#[derive(Debug)]
pub(super) struct Sheet {
    address: String,
    text: String,
}

/// The addresses of a picture.
#[derive(Debug)]
struct Pair {
    light: String,
    dark: Option<String>,
}

impl Look {
    /// The look of a client's pages; None where managed login has no style for it, and so no pages.
    pub(super) async fn of(visit: &Visit, client_id: &ClientId, name: &str) -> Result<Option<Self>, Fault> {
        let (cx, place) = (&visit.cx, &visit.place);
        let look = match place.domain.settings.version {
            ManagedLoginVersion::Classic => {
                let look = ui::get(cx, &place.pool_id, Some(client_id)).await?;
                Some(Self::classic(place, client_id, look.css.as_deref(), look.image_url.as_deref()))
            }
            ManagedLoginVersion::ManagedLogin => {
                let style = look::managed(cx, &place.pool_id, client_id).await?;
                style.map(|style| Self::managed(place, client_id, &style))
            }
        };
        Ok(look.map(|look| Self { name: name.to_owned(), ..look }))
    }

    /// Without a brand: where nobody says for whom the page is.
    pub(super) fn plain(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    fn classic(place: &Place, client_id: &ClientId, css: Option<&str>, image: Option<&str>) -> Self {
        // It was held against the rules when it was set.
        let text = css.and_then(|css| classic::style_sheet(css, &ui::SELECTORS).ok());
        // The logo's address names the domain in one form; the page is in the form that it was asked for in.
        let path = image.and_then(|url| url.find("/ui-customization/").and_then(|at| url.get(at..)));
        let logo = path.map(|path| Pair { light: place.path(path), dark: None });
        Self { sheet: text.map(|text| Sheet::new(place, client_id, text)), logo, ..Self::default() }
    }

    fn managed(place: &Place, client_id: &ClientId, style: &Managed) -> Self {
        let branding = Branding::of(&style.settings);
        let layout = branding.layout;
        let pair = |category| Pair::of(place, style, category);
        let shown = |is_shown: bool, category| is_shown.then(|| pair(category)).flatten();
        let page = shown(layout.page_image, "PAGE_BACKGROUND");
        let form = shown(layout.form_image, "FORM_BACKGROUND");
        let header = shown(layout.header, "PAGE_HEADER_BACKGROUND");
        let footer = shown(layout.footer, "PAGE_FOOTER_BACKGROUND");
        let backgrounds = Backgrounds {
            page: page.as_ref().map(Pair::picture),
            form: form.as_ref().map(Pair::picture),
            header: header.as_ref().map(Pair::picture),
            footer: footer.as_ref().map(Pair::picture),
        };
        let text = branding.style_sheet(&backgrounds);
        Self {
            sheet: Some(Sheet::new(place, client_id, text)),
            logo: shown(layout.form_logo, "FORM_LOGO"),
            header: shown(layout.header, "PAGE_HEADER_LOGO"),
            footer: shown(layout.footer, "PAGE_FOOTER_LOGO"),
            favicon: pair("FAVICON_SVG").or_else(|| pair("FAVICON_ICO")).map(|pair| pair.light),
            name: String::new(),
            providers_first: layout.providers_first,
            icons: layout.provider_icons.then(|| icons(place, style)),
            providers: branding.providers,
        }
    }

    /// Whether buttons of identity providers have marks, and which one this provider's has.
    pub(super) fn icon(&self, provider: &str) -> (bool, Option<Picture<'_>>) {
        let icons = self.icons.as_deref();
        let of_provider = icons.into_iter().flatten().find(|(name, _)| name == provider);
        (icons.is_some(), of_provider.map(|(_, pair)| pair.picture()))
    }

    /// Its style sheet, if that is the one of this name.
    pub(super) fn sheet(self, name: &str) -> Option<String> {
        let sheet = self.sheet.filter(|sheet| sheet.address.ends_with(&format!("/{name}")));
        sheet.map(|sheet| sheet.text)
    }

    /// Calls `show` with the frame of a page; `here` is the page's own address where its language can be chosen.
    pub(super) fn framed<T>(
        &self,
        language: Language,
        base: &str,
        here: Option<&str>,
        show: impl FnOnce(&Shell<'_>) -> T,
    ) -> T {
        let sheets: Vec<Href<'_>> = self.sheet.iter().map(|sheet| Href::new(&sheet.address)).collect();
        let brand = Brand {
            name: &self.name,
            logo: self.logo.as_ref().map(Pair::picture),
            favicon: self.favicon.as_deref().map(Href::new),
            style_sheets: &sheets,
            header: self.header.as_ref().map(Pair::picture),
            footer: self.footer.as_ref().map(Pair::picture),
            graphic: None,
        };
        let shell = Shell::new(language, base, brand);
        match here {
            Some(here) => show(&shell.with_languages(here)),
            None => show(&shell),
        }
    }
}

impl Sheet {
    fn new(place: &Place, client_id: &ClientId, text: String) -> Self {
        let name = name_of(&text);
        Self { address: place.path(&format!("{}{client_id}/{name}", assets::PATH)), text }
    }
}

impl Pair {
    /// The picture of a category, where the style has one.
    fn of(place: &Place, style: &Managed, category: &str) -> Option<Self> {
        Self::among(place, style, |image| image.category == category)
    }

    /// The picture that these images are, where there are any.
    fn among(place: &Place, style: &Managed, is_meant: impl Fn(&Image) -> bool) -> Option<Self> {
        let with = |modes: &[&str]| {
            let fits = |image: &&Image| is_meant(image) && modes.contains(&&*image.color_mode);
            style.images.iter().find(fits).map(|image| address(place, style, image))
        };
        match (with(&["LIGHT", "DYNAMIC"]), with(&["DARK"])) {
            (Some(light), dark) => Some(Self { light, dark }),
            (None, only) => only.map(|light| Self { light, dark: None }),
        }
    }

    fn picture(&self) -> Picture<'_> {
        Picture { light: Href::new(&self.light), dark: self.dark.as_deref().map(Href::new) }
    }
}

/// What identity providers are shown by: an image has the provider's name as its own (oauth-and-managed-login §10.2, ours).
fn icons(place: &Place, style: &Managed) -> Vec<(String, Pair)> {
    let images = style.images.iter().filter(|image| image.category == ICON);
    let names: BTreeSet<&String> = images.filter_map(|image| image.resource_id.as_ref()).collect();
    let of_provider = |name: &&String| {
        let is_its = |image: &Image| image.category == ICON && image.resource_id.as_ref() == Some(*name);
        Some(((*name).clone(), Pair::among(place, style, is_its)?))
    };
    names.iter().filter_map(of_provider).collect()
}

/// The address of an image, which changes with its style.
fn address(place: &Place, style: &Managed, image: &Image) -> String {
    let extension = image.extension.to_ascii_lowercase();
    let name = format!("{}-{}.{extension}", image.position, style.version);
    place.path(&format!("{}{}/{name}", assets::PATH, style.client_id))
}
