//! The style sheet of the classic pages (docs/cognito/oauth-and-managed-login.md §10.1).

use poolhouse_kernel::Fault;

/// What may be styled (documented).
pub const SELECTORS: [&str; 18] = [
    ".background-customizable",
    ".banner-customizable",
    ".errorMessage-customizable",
    ".idpButton-customizable",
    ".idpButton-customizable:hover",
    ".idpDescription-customizable",
    ".inputField-customizable",
    ".inputField-customizable:focus",
    ".label-customizable",
    ".legalText-customizable",
    ".logo-customizable",
    ".passwordCheck-notValid-customizable",
    ".passwordCheck-valid-customizable",
    ".redirect-customizable",
    ".socialButton-customizable",
    ".submitButton-customizable",
    ".submitButton-customizable:hover",
    ".textDescription-customizable",
];

/// What runs a script, or ends the element that the style sheet stands in.
const SCRIPTS: [&str; 3] = ["<", "javascript:", "expression("];

/// Holds a style sheet to rules for the known selectors, without at-rules (`@import` and the like) and scripts.
pub(super) fn check(css: &str) -> Result<(), Fault> {
    let css = without_comments(css).ok_or_else(|| malformed("a comment has no end"))?;
    let folded = css.to_ascii_lowercase();
    if let Some(script) = SCRIPTS.iter().find(|script| folded.contains(**script)) {
        return Err(Fault::invalid_parameter(format!("The CSS must not contain {script}.")));
    }
    if let Some((_, rule)) = css.split_once('@') {
        let name: String = rule.chars().take_while(char::is_ascii_alphabetic).collect();
        return Err(Fault::invalid_parameter(format!("The CSS must not contain @{name}.")));
    }
    let mut rest = css.as_str();
    while let Some((selectors, after)) = rest.split_once('{') {
        check_selectors(selectors)?;
        let (declarations, after) = after.split_once('}').ok_or_else(|| malformed("a rule has no end"))?;
        check_declarations(declarations)?;
        rest = after;
    }
    if rest.trim().is_empty() { Ok(()) } else { Err(malformed("something stands behind the last rule")) }
}

fn check_selectors(selectors: &str) -> Result<(), Fault> {
    match selectors.split(',').map(str::trim).find(|selector| !SELECTORS.contains(selector)) {
        // observed
        Some(selector) => Err(Fault::invalid_parameter(format!(
            "The CSS class {selector} is not in the list of allowed classes."
        ))),
        None => Ok(()),
    }
}

fn check_declarations(declarations: &str) -> Result<(), Fault> {
    if declarations.contains('{') {
        return Err(malformed("a rule stands inside another"));
    }
    let mut declarations = declarations.split(';').map(str::trim).filter(|text| !text.is_empty());
    if declarations.any(|declaration| !declaration.contains(':')) {
        return Err(malformed("a declaration has no value"));
    }
    Ok(())
}

/// The text with a blank for each comment; `None` where one does not end.
fn without_comments(css: &str) -> Option<String> {
    let (mut kept, mut rest) = (String::with_capacity(css.len()), css);
    while let Some((before, after)) = rest.split_once("/*") {
        kept.push_str(before);
        kept.push(' ');
        rest = after.split_once("*/")?.1;
    }
    kept.push_str(rest);
    Some(kept)
}

/// The texts of what is no style sheet are ours.
fn malformed(what: &str) -> Fault {
    Fault::invalid_parameter(format!("The CSS is not valid: {what}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_for_known_classes_are_taken() {
        for good in [
            "",
            "  /* nothing */ ",
            ".label-customizable {font-weight: 400;}",
            ".label-customizable, .logo-customizable{max-width:50%}\n.submitButton-customizable:hover { color: #fff; }",
            ".label-customizable{}",
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for (bad, text) in [
            ("body {color: red}", "The CSS class body is not in the list of allowed classes."),
            (
                ".label-customizable, .x {color: red}",
                "The CSS class .x is not in the list of allowed classes.",
            ),
            (
                ".label-customizable:hover {color: red}",
                "The CSS class .label-customizable:hover is not in the list of allowed classes.",
            ),
            ("@import url(x);", "The CSS must not contain @import."),
            (".label-customizable {} @media print {}", "The CSS must not contain @media."),
            (".label-customizable {color: </style>}", "The CSS must not contain <."),
            (".label-customizable {background: url(JavaScript:x)}", "The CSS must not contain javascript:."),
            (".label-customizable {color: red", "The CSS is not valid: a rule has no end."),
            (".label-customizable {.x {color: red}}", "The CSS is not valid: a rule stands inside another."),
            (".label-customizable {color}", "The CSS is not valid: a declaration has no value."),
            ("/* x", "The CSS is not valid: a comment has no end."),
            (".label-customizable {} x", "The CSS is not valid: something stands behind the last rule."),
        ] {
            assert_eq!(check(bad).unwrap_err().message(), Some(text), "{bad}");
        }
    }
}
