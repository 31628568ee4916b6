//! The operator's look: values from the API become a style sheet of the pool's own, which pages load after ours.
//!
//! Only values come through, never markup, and only of the kinds that are asked for; so a document that holds something
//! else changes nothing.

pub mod classic;
mod settings;

use std::fmt::Write as _;

use serde_json::Value;

pub use settings::{Layout, ProviderStyle};

use crate::{Href, Picture, assets};

/// What a settings document of managed login says about looks (oauth-and-managed-login §10.2).
#[derive(Clone, Debug, PartialEq)]
pub struct Branding {
    /// What decides about the page's parts.
    pub layout: Layout,
    /// How identity providers are offered.
    pub providers: ProviderStyle,
    scheme: Scheme,
    properties: Vec<(&'static str, String)>,
}

/// Which colours hold (`colorSchemeMode`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Scheme {
    #[default]
    Light,
    Dark,
    /// What the reader's system says.
    Dynamic,
}

/// Pictures behind parts of the page.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backgrounds<'a> {
    /// Behind all.
    pub page: Option<Picture<'a>>,
    /// Behind the form.
    pub form: Option<Picture<'a>>,
    /// Behind the header.
    pub header: Option<Picture<'a>>,
    /// Behind the footer.
    pub footer: Option<Picture<'a>>,
}

impl Branding {
    /// What the document says; what it leaves out, and what is not of its kind, stays as in our own sheet.
    pub fn of(document: &Value) -> Self {
        settings::read(document)
    }

    /// The style sheet: custom properties that ours takes its looks from.
    pub fn style_sheet(&self, backgrounds: &Backgrounds<'_>) -> String {
        let scheme = match self.scheme {
            Scheme::Light => "light",
            Scheme::Dark => "dark",
            Scheme::Dynamic => "light dark",
        };
        let mut sheet = format!(":root{{color-scheme:{scheme}");
        for (property, value) in &self.properties {
            let _ = write!(sheet, ";{property}:{value}");
        }
        let pictures = [
            ("--page-image", backgrounds.page),
            ("--card-image", backgrounds.form),
            ("--header-image", backgrounds.header),
            ("--footer-image", backgrounds.footer),
        ];
        let mut dark = String::new();
        for (property, picture) in pictures {
            let Some(picture) = picture else { continue };
            let _ = write!(sheet, ";{property}:{}", url(picture.light));
            if let Some(picture) = picture.dark {
                let _ = write!(dark, "{property}:{};", url(picture));
            }
        }
        sheet.push_str("}\n");
        if !dark.is_empty() {
            let _ = writeln!(sheet, "@media (prefers-color-scheme:dark){{:root{{{dark}}}}}");
        }
        sheet
    }
}

/// The name under which a style sheet can be kept for ever, as assets are.
pub fn name_of(style_sheet: &str) -> String {
    format!("brand-{:016x}.css", assets::hash(style_sheet.as_bytes()))
}

/// An address in a style sheet.
fn url(address: Href<'_>) -> String {
    let mut url = String::from("url(\"");
    for character in address.as_str().chars() {
        match character {
            '"' | '\\' | '<' | '>' => {
                let _ = write!(url, "%{:02X}", u32::from(character));
            }
            other => url.push(other),
        }
    }
    url.push_str("\")");
    url
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn colours_and_lengths_become_custom_properties() {
        let branding = Branding::of(&json!({
            "categories": {"global": {"colorSchemeMode": "DYNAMIC", "spacingDensity": "COMPACT"},
                           "form": {"location": {"horizontal": "START", "vertical": "CENTER"}}},
            "components": {"primaryButton": {
                "lightMode": {"defaults": {"backgroundColor": "0972d3ff", "textColor": "ffffffff"}},
                "darkMode": {"defaults": {"backgroundColor": "539FE5ff"}}}},
            "componentClasses": {"buttons": {"borderRadius": 8.0}, "input": {"borderRadius": 2.5}},
        }));
        assert_eq!(
            branding.style_sheet(&Backgrounds::default()),
            ":root{color-scheme:light dark;--primary:light-dark(#0972d3ff,#539FE5ff);--primary-text:#ffffffff;\
             --button-radius:8px;--field-radius:2.5px;--card-across:start;--card-down:center;--space:3px}\n"
        );
    }

    #[test]
    fn what_is_no_value_of_its_kind_changes_nothing() {
        for wrong in [
            json!("red"),
            json!("0972d3ff;}body{display:none"),
            json!("0972d3f"),
            json!("\u{ff10}972d3ff"),
            json!(12),
            json!(null),
            json!(["0972d3ff"]),
        ] {
            let branding = Branding::of(&json!({
                "categories": {"global": {"colorSchemeMode": wrong}, "form": {"location": {"horizontal": wrong}}},
                "components": {"pageBackground": {"lightMode": {"color": wrong}}, "form": {"borderRadius": "1px;"}},
                "componentClasses": {"buttons": {"borderRadius": -1}, "input": {"borderRadius": 1e9}},
            }));
            assert_eq!(branding, Branding::of(&json!({})), "{wrong}");
        }
        assert_eq!(Branding::of(&json!([])), Branding::of(&json!({})));
        assert_eq!(
            Branding::of(&json!({})).style_sheet(&Backgrounds::default()),
            ":root{color-scheme:light}\n"
        );
    }

    #[test]
    fn pictures_are_addresses_that_end_where_they_end() {
        let picture = Picture { light: Href::new("/a.png?\");}x{"), dark: Some(Href::new("/b.png")) };
        let sheet = Branding::of(&json!({}))
            .style_sheet(&Backgrounds { page: Some(picture), ..Backgrounds::default() });
        assert_eq!(
            sheet,
            ":root{color-scheme:light;--page-image:url(\"/a.png?%22);}x{\")}\n\
             @media (prefers-color-scheme:dark){:root{--page-image:url(\"/b.png\");}}\n"
        );
    }

    #[test]
    fn a_sheet_has_the_name_of_its_content() {
        assert_eq!(name_of(""), "brand-cbf29ce484222325.css");
        assert_ne!(name_of("a"), name_of("b"));
    }
}
