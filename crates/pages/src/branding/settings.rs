//! The settings document of managed login, read member by member.

use serde_json::Value;

use super::{Branding, Scheme};

/// What a settings document decides about the parts of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Whether the page has a header with the logo of the category PAGE_HEADER_LOGO.
    pub header: bool,
    /// Whether the page has a footer with the logo of PAGE_FOOTER_LOGO.
    pub footer: bool,
    /// Whether the form has the logo of FORM_LOGO.
    pub form_logo: bool,
    /// Whether the page has the picture of PAGE_BACKGROUND.
    pub page_image: bool,
    /// Whether the form has the picture of FORM_BACKGROUND.
    pub form_image: bool,
    /// Whether pages show what they are about: EMAIL_GRAPHIC and its like.
    pub graphics: bool,
    /// Whether providers' buttons have their marks.
    pub provider_icons: bool,
    /// Whether providers come before the fields.
    pub providers_first: bool,
}

/// How identity providers are offered (`categories.auth.federation`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderStyle {
    /// Their names in order; others follow.
    pub order: Vec<String>,
}

/// Colours: the custom property, and where the document has it; `*` is the mode.
const COLOURS: &[(&str, &str)] = &[
    ("--page", "components/pageBackground/*/color"),
    ("--card", "components/form/*/backgroundColor"),
    ("--card-line", "components/form/*/borderColor"),
    ("--header", "components/pageHeader/*/background/color"),
    ("--header-line", "components/pageHeader/*/borderColor"),
    ("--footer", "components/pageFooter/*/background/color"),
    ("--footer-line", "components/pageFooter/*/borderColor"),
    ("--text", "components/pageText/*/bodyColor"),
    ("--heading", "components/pageText/*/headingColor"),
    ("--quiet", "components/pageText/*/descriptionColor"),
    ("--primary", "components/primaryButton/*/defaults/backgroundColor"),
    ("--primary-text", "components/primaryButton/*/defaults/textColor"),
    ("--primary-line", "components/primaryButton/*/defaults/borderColor"),
    ("--primary-hover", "components/primaryButton/*/hover/backgroundColor"),
    ("--primary-hover-text", "components/primaryButton/*/hover/textColor"),
    ("--primary-hover-line", "components/primaryButton/*/hover/borderColor"),
    ("--primary-active", "components/primaryButton/*/active/backgroundColor"),
    ("--primary-active-text", "components/primaryButton/*/active/textColor"),
    ("--primary-active-line", "components/primaryButton/*/active/borderColor"),
    ("--secondary", "components/secondaryButton/*/defaults/backgroundColor"),
    ("--secondary-text", "components/secondaryButton/*/defaults/textColor"),
    ("--secondary-line", "components/secondaryButton/*/defaults/borderColor"),
    ("--secondary-hover", "components/secondaryButton/*/hover/backgroundColor"),
    ("--secondary-hover-text", "components/secondaryButton/*/hover/textColor"),
    ("--secondary-hover-line", "components/secondaryButton/*/hover/borderColor"),
    ("--provider", "components/idpButton/standard/*/defaults/backgroundColor"),
    ("--provider-text", "components/idpButton/standard/*/defaults/textColor"),
    ("--provider-line", "components/idpButton/standard/*/defaults/borderColor"),
    ("--provider-hover", "components/idpButton/standard/*/hover/backgroundColor"),
    ("--provider-hover-text", "components/idpButton/standard/*/hover/textColor"),
    ("--provider-hover-line", "components/idpButton/standard/*/hover/borderColor"),
    ("--bad-ground", "components/alert/*/error/backgroundColor"),
    ("--bad-line", "components/alert/*/error/borderColor"),
    ("--bad", "componentClasses/statusIndicator/*/error/indicatorColor"),
    ("--warn-ground", "componentClasses/statusIndicator/*/warning/backgroundColor"),
    ("--warn-line", "componentClasses/statusIndicator/*/warning/borderColor"),
    ("--good-ground", "componentClasses/statusIndicator/*/success/backgroundColor"),
    ("--good-line", "componentClasses/statusIndicator/*/success/borderColor"),
    ("--good", "componentClasses/statusIndicator/*/success/indicatorColor"),
    ("--link", "componentClasses/link/*/defaults/textColor"),
    ("--link-hover", "componentClasses/link/*/hover/textColor"),
    ("--field", "componentClasses/input/*/defaults/backgroundColor"),
    ("--field-line", "componentClasses/input/*/defaults/borderColor"),
    ("--label", "componentClasses/inputLabel/*/textColor"),
    ("--help", "componentClasses/inputDescription/*/textColor"),
    ("--focus", "componentClasses/focusState/*/borderColor"),
    ("--line", "componentClasses/divider/*/borderColor"),
    ("--menu", "componentClasses/dropDown/*/defaults/itemBackgroundColor"),
    ("--menu-hover", "componentClasses/dropDown/*/hover/itemBackgroundColor"),
];

/// Lengths in pixels.
const LENGTHS: &[(&str, &str)] = &[
    ("--button-radius", "componentClasses/buttons/borderRadius"),
    ("--field-radius", "componentClasses/input/borderRadius"),
    ("--menu-radius", "componentClasses/dropDown/borderRadius"),
    ("--card-radius", "components/form/borderRadius"),
    ("--alert-radius", "components/alert/borderRadius"),
];

/// The longest that makes sense anywhere.
const LONGEST: f64 = 100.0;

/// Where things stand.
const PLACES: &[(&str, &str)] = &[
    ("--card-across", "categories/form/location/horizontal"),
    ("--card-down", "categories/form/location/vertical"),
    ("--logo-place", "components/form/logo/location"),
];

pub(super) fn read(document: &Value) -> Branding {
    let at = |path: &str| document.pointer(&format!("/{path}"));
    let word = |path: &str| at(path).and_then(Value::as_str);
    let is = |path: &str| at(path).and_then(Value::as_bool);
    let colour = |path: &str, mode: &str| word(&path.replace('*', mode)).and_then(colour);

    let mut properties = Vec::new();
    for (property, path) in COLOURS {
        match (colour(path, "lightMode"), colour(path, "darkMode")) {
            (Some(light), Some(dark)) => properties.push((*property, format!("light-dark({light},{dark})"))),
            (Some(one), None) | (None, Some(one)) => properties.push((*property, one)),
            (None, None) => {}
        }
    }
    for (property, path) in LENGTHS {
        if let Some(length) =
            at(path).and_then(Value::as_f64).filter(|length| (0.0..=LONGEST).contains(length))
        {
            properties.push((*property, format!("{length}px")));
        }
    }
    for (property, path) in PLACES {
        let place = match word(path) {
            Some("START") => "start",
            Some("CENTER") => "center",
            Some("END") => "end",
            _ => continue,
        };
        properties.push((*property, place.to_owned()));
    }
    if word("categories/global/spacingDensity") == Some("COMPACT") {
        properties.push(("--space", "3px".to_owned()));
    }
    let scheme = match word("categories/global/colorSchemeMode") {
        Some("DARK") => Scheme::Dark,
        Some("DYNAMIC") => Scheme::Dynamic,
        _ => Scheme::Light,
    };
    let layout = Layout {
        header: is("categories/global/pageHeader/enabled").unwrap_or(false),
        footer: is("categories/global/pageFooter/enabled").unwrap_or(false),
        form_logo: is("components/form/logo/enabled").unwrap_or(false),
        page_image: is("components/pageBackground/image/enabled").unwrap_or(false),
        form_image: is("components/form/backgroundImage/enabled").unwrap_or(false),
        graphics: is("categories/form/displayGraphics").unwrap_or(true),
        provider_icons: is("componentClasses/idpButtons/icons/enabled").unwrap_or(true),
        providers_first: word("categories/auth/authMethodOrder/0/0/type")
            .is_none_or(|first| first == "FEDERATED"),
    };
    let order = document.pointer("/categories/auth/federation/order").and_then(Value::as_array);
    let names = order.into_iter().flatten().filter_map(Value::as_str);
    let providers = ProviderStyle { order: names.map(ToOwned::to_owned).collect() };
    Branding { layout, providers, scheme, properties }
}

/// Eight hexadecimal digits, red to opacity, as a colour.
fn colour(digits: &str) -> Option<String> {
    (digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())).then(|| format!("#{digits}"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::json;

    use super::*;

    /// A property that no rule reads would be a setting that does nothing.
    #[test]
    fn the_style_sheet_reads_every_property() {
        let sheet = include_str!("../../static/pages.css");
        let mut seen = HashSet::new();
        for (property, path) in COLOURS.iter().chain(LENGTHS).chain(PLACES) {
            assert!(sheet.contains(&format!("var({property})")), "{property}");
            assert!(sheet.contains(&format!("{property}:")), "{property} has no value of our own");
            assert!(seen.insert(property) && seen.insert(path), "{property} stands twice");
        }
    }

    #[test]
    fn parts_are_as_the_document_has_them() {
        let layout = |document| read(&document).layout;
        let plain = layout(json!({}));
        assert!(plain.graphics && plain.provider_icons && plain.providers_first && !plain.header);
        let order = json!([[{"display": "INPUT", "type": "USERNAME_PASSWORD"}]]);
        assert!(!layout(json!({"categories": {"auth": {"authMethodOrder": order}}})).providers_first);
        assert!(layout(json!({"categories": {"global": {"pageHeader": {"enabled": true}}}})).header);
    }
}
