//! What holds for every page, in every language, whatever is put into it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashSet;
use std::sync::LazyLock;

use poolhouse_pages::{Language, assets};

use markup::{Element, parse};

mod markup;
mod samples;

/// Each page in each language.
static PAGES: LazyLock<Vec<Rendered>> = LazyLock::new(|| {
    let of = |language| {
        samples::render(language, None, &[]).into_iter().map(move |(name, html)| (language, name, html))
    };
    let parsed = |(language, name, html): (_, _, String)| Rendered {
        language,
        name,
        elements: parse(&html).unwrap(),
        html,
    };
    Language::ALL.into_iter().flat_map(of).map(parsed).collect()
});

struct Rendered {
    language: Language,
    name: &'static str,
    html: String,
    elements: Vec<Element>,
}

fn each(check: impl Fn(&str, Language, &str, &[Element])) {
    for Rendered { language, name, html, elements } in PAGES.iter() {
        check(name, *language, html, elements);
    }
}

fn named<'a>(elements: &'a [Element], name: &'a str) -> impl Iterator<Item = &'a Element> {
    elements.iter().filter(move |element| element.name == name)
}

#[test]
fn pages_say_what_they_are_and_in_which_language() {
    each(|name, language, _, elements| {
        assert_eq!(elements[0].get("lang"), Some(language.tag()), "{name}");
        let title = named(elements, "title").next().unwrap();
        assert!(
            title.text.ends_with(" – Lindenhof") && title.text.len() > " – Lindenhof".len(),
            "{name}: {}",
            title.text
        );
        assert_eq!(named(elements, "h1").count(), 1, "{name}");
        assert_eq!(named(elements, "main").count(), 1, "{name}");
        let wrong = elements.iter().any(|element| element.get("aria-invalid").is_some());
        assert!(!wrong || title.text.contains(':'), "{name}: the title does not say that something is wrong");
    });
}

#[test]
fn fields_have_labels_and_what_describes_them_is_there() {
    each(|name, _, _, elements| {
        let ids: Vec<_> = elements.iter().filter_map(|element| element.get("id")).collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "{name}: an id stands twice");
        let labels: Vec<_> = named(elements, "label").map(|label| label.get("for").unwrap()).collect();
        for input in named(elements, "input") {
            if input.get("type") == Some("hidden") || input.get("hidden").is_some() {
                continue;
            }
            let id = input.get("id").unwrap();
            assert_eq!(labels.iter().filter(|label| **label == id).count(), 1, "{name}: {id}");
            assert!(input.get("autocomplete").is_some_and(|value| !value.is_empty()), "{name}: {id}");
        }
        for element in elements {
            for attribute in ["aria-describedby", "aria-controls", "aria-labelledby", "for"] {
                for id in element.get(attribute).unwrap_or_default().split_whitespace() {
                    assert!(ids.contains(&id), "{name}: {attribute} names {id}, which is not there");
                }
            }
            if let Some(id) = element.get("href").and_then(|href| href.strip_prefix('#')) {
                assert!(ids.contains(&id), "{name}: a link leads to {id}, which is not there");
            }
        }
    });
}

#[test]
fn passwords_and_codes_are_found_by_browsers_and_never_come_back() {
    each(|name, _, _, elements| {
        for input in named(elements, "input") {
            let kept = matches!(input.get("type"), Some("hidden")) || input.get("hidden").is_some();
            match input.get("name") {
                Some("password") => assert!(
                    matches!(input.get("autocomplete"), Some("current-password" | "new-password")),
                    "{name}"
                ),
                Some("current_password") => {
                    assert_eq!(input.get("autocomplete"), Some("current-password"), "{name}");
                }
                Some("code") => assert_eq!(input.get("autocomplete"), Some("one-time-code"), "{name}"),
                Some("username") if !kept => {
                    assert!(input.get("autocomplete").unwrap().starts_with("username"), "{name}");
                }
                _ => continue,
            }
            assert!(kept || input.get("name") == Some("username") || input.get("value").is_none(), "{name}");
        }
    });
}

#[test]
fn nothing_is_inline_and_every_button_says_what_it_does() {
    each(|name, _, _, elements| {
        for element in elements {
            assert!(element.get("style").is_none() && element.name != "style", "{name}");
            assert!(!element.attributes.iter().any(|(attribute, _)| attribute.starts_with("on")), "{name}");
            if element.name == "script" {
                assert!(element.get("src").is_some() && element.text.is_empty(), "{name}");
            }
            if element.name == "button" {
                assert!(element.get("type").is_some(), "{name}: {element:?}");
            }
            if element.name == "form" {
                assert_eq!(element.get("method"), Some("post"), "{name}");
            }
        }
    });
}

/// What a value does to the page must not depend on the value: the same elements with the same attributes.
#[test]
fn values_stay_values_whatever_they_hold() {
    let shape = |text: &str| -> Vec<(String, Vec<Vec<String>>)> {
        let shape_of = |elements: Vec<Element>| {
            let names = |element: Element| {
                let attributes = element.attributes.into_iter().map(|(name, _)| name);
                [element.name].into_iter().chain(attributes).collect()
            };
            elements.into_iter().map(names).collect()
        };
        let pages = samples::render(Language::En, Some(text), &[]);
        let parsed =
            |name: &str, html: &str| parse(html).unwrap_or_else(|error| panic!("{name}: {text:?}: {error}"));
        pages.into_iter().map(|(name, html)| (name.to_owned(), shape_of(parsed(name, &html)))).collect()
    };
    for hostile in [
        "\"><script>alert(1)</script>",
        "'><img src=x onerror=alert(1)>",
        "</title><script>",
        "</main></body>",
        "<!-- ",
        " onfocus=alert(1) autofocus ",
        "\" autofocus onfocus=\"alert(1)",
        "{{ shell.t.error }}{% include %}",
        "javascript:alert(1)",
        "&quot;&gt;&lt;",
        "\u{202e}\u{0}\n\t",
    ] {
        let plain: String = "x".repeat(hostile.chars().count());
        assert_eq!(shape(hostile), shape(&plain), "{hostile:?}");
    }
}

#[test]
fn no_address_runs_a_script() {
    for (name, html) in samples::render(Language::En, Some("JaVaScRiPt:alert(1)//"), &[]) {
        for element in parse(&html).unwrap() {
            for attribute in ["href", "src", "srcset", "action", "formaction"] {
                let address = element.get(attribute).unwrap_or_default().to_ascii_lowercase();
                // The page's own address and base are the server's: they begin with a slash or are nothing.
                let own = address.contains("lang=") || address.contains("/assets/");
                assert!(own || !address.starts_with("javascript:"), "{name}: {address}");
            }
        }
    }
}

/// The first page with everything it loads stays below 40 KB even before it is compressed.
#[test]
fn pages_are_light() {
    let loaded: usize = assets::all().iter().map(|asset| asset.bytes.len()).sum();
    each(|name, language, html, _| {
        assert!(
            !name.starts_with("sign-in") || html.len() + loaded < 40_000,
            "{name}, {}: {}",
            language.tag(),
            html.len() + loaded
        );
    });
}

#[test]
fn what_a_page_loads_is_there() {
    each(|name, _, _, elements| {
        let mut loaded = 0;
        for address in elements.iter().filter_map(|element| element.get("src").or(element.get("href"))) {
            if let Some((_, asset)) = address.split_once(assets::PATH).filter(|_| address.contains("pages-"))
            {
                assert!(assets::find(asset).is_some(), "{name}: {address}");
                loaded += 1;
            }
        }
        assert_eq!(loaded, assets::all().len(), "{name}");
    });
}

#[test]
fn choosing_a_factor_sends_its_name_in_the_api() {
    let pages = samples::render(Language::En, None, &[]);
    let values = |page: &str| -> Vec<String> {
        let (_, html) = pages.iter().find(|(name, _)| *name == page).unwrap();
        let elements = parse(html).unwrap();
        named(&elements, "button")
            .filter(|button| button.get("name") == Some("factor"))
            .map(|button| button.get("value").unwrap().to_owned())
            .collect()
    };
    assert_eq!(values("choose-first-factor"), ["WEB_AUTHN", "PASSWORD", "EMAIL_OTP", "SMS_OTP"]);
    assert_eq!(values("choose-second-factor"), ["SOFTWARE_TOKEN_MFA", "EMAIL_OTP", "SMS_MFA"]);
}
