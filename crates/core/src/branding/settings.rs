//! The settings document of managed login (docs/cognito/oauth-and-managed-login.md §10.2).

use poolhouse_kernel::Fault;
use serde_json::{Map, Value};

/// The look that a style without settings of its own has. It has every member that settings can have, so that they are
/// held against it.
const DEFAULTS: &str = include_str!("defaults.json");

/// Most problems that one message lists.
const MOST_PROBLEMS: usize = 10;

/// The longest word, such as `BUTTON_LIST`.
const LONGEST_WORD: usize = 64;

/// Holds settings against the default ones: known members, of the same kind.
pub(super) fn check(settings: &Value) -> Result<(), Fault> {
    let mut problems = Vec::new();
    check_value(&defaults()?, settings, "", &mut problems);
    if problems.is_empty() {
        return Ok(());
    }
    problems.truncate(MOST_PROBLEMS);
    // The text is open.
    let problems = problems.join(", ");
    Err(Fault::invalid_parameter(format!("Invalid settings provided. Validation errors: [{problems}]")))
}

/// The whole document: the default one, and over it what the style has of its own.
pub(super) fn merged(own: Option<Value>) -> Result<Value, Fault> {
    let mut whole = defaults()?;
    if let Some(own) = own {
        lay_over(&mut whole, own);
    }
    Ok(whole)
}

fn defaults() -> Result<Value, Fault> {
    serde_json::from_str(DEFAULTS).map_err(Fault::internal)
}

fn check_value(default: &Value, given: &Value, path: &str, problems: &mut Vec<String>) {
    let message = match (default, given) {
        (Value::Object(default), Value::Object(given)) => {
            return check_members(default, given, path, problems);
        }
        (Value::String(color), Value::String(given)) if is_color(color) => {
            (!is_color(given)).then_some("a colour is eight hexadecimal digits")
        }
        (Value::String(_), Value::String(given)) => (!is_word(given)).then_some("not a known word"),
        // What lists hold, the pages look at one by one, and pass over what they do not know.
        (Value::Bool(_), Value::Bool(_))
        | (Value::Number(_), Value::Number(_))
        | (Value::Array(_), Value::Array(_)) => None,
        _ => Some("of the wrong type"),
    };
    problems.extend(message.map(|message| problem(path, message)));
}

fn check_members(
    default: &Map<String, Value>,
    given: &Map<String, Value>,
    path: &str,
    problems: &mut Vec<String>,
) {
    for (name, value) in given {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match (default.get(name), value) {
            // The buttons of single providers, by their names, which look like the standard one.
            (Some(Value::Object(known)), Value::Object(by_name)) if known.is_empty() => {
                let standard = default.get("standard").unwrap_or(&Value::Null);
                for (name, value) in by_name {
                    check_value(standard, value, &format!("{path}.{name}"), problems);
                }
            }
            (Some(known), _) => check_value(known, value, &path, problems),
            (None, _) => problems.push(problem(&path, "not a known member")),
        }
    }
}

/// In the form of what is said of assets.
fn problem(path: &str, message: &str) -> String {
    format!("{{path: {path}, errorMessage: {message}}}")
}

fn is_color(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_word(text: &str) -> bool {
    let of_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=LONGEST_WORD).contains(&text.len()) && text.bytes().all(of_word)
}

fn lay_over(whole: &mut Value, own: Value) {
    match (whole, own) {
        (Value::Object(whole), Value::Object(own)) => {
            for (name, value) in own {
                lay_over(whole.entry(name).or_insert(Value::Null), value);
            }
        }
        (whole, own) => *whole = own,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_default_settings_are_settings() {
        let defaults = defaults().unwrap();
        assert!(check(&defaults).is_ok());
        assert!(check(&json!({})).is_ok());
        assert_eq!(merged(None).unwrap(), defaults);
        assert_eq!(merged(Some(defaults.clone())).unwrap(), defaults);
    }

    #[test]
    fn settings_are_held_against_the_default_ones() {
        let hover = |color: &str| json!({ "lightMode": { "hover": { "textColor": color } } });
        let by_name =
            |color: &str| json!({ "components": { "idpButton": { "custom": { "Okta": hover(color) } } } });
        assert!(check(&by_name("0972d3FF")).is_ok());
        for (bad, text) in [
            (json!([]), "{path: , errorMessage: of the wrong type}"),
            (json!({ "x": 1 }), "{path: x, errorMessage: not a known member}"),
            (
                by_name("red"),
                "{path: components.idpButton.custom.Okta.lightMode.hover.textColor, \
                 errorMessage: a colour is eight hexadecimal digits}",
            ),
            (
                json!({ "components": { "link": {} } }),
                "{path: components.link, errorMessage: not a known member}",
            ),
            (
                json!({ "componentClasses": { "buttons": { "borderRadius": "8" } } }),
                "{path: componentClasses.buttons.borderRadius, errorMessage: of the wrong type}",
            ),
            (
                json!({ "categories": { "global": { "colorSchemeMode": "a b" } } }),
                "{path: categories.global.colorSchemeMode, errorMessage: not a known word}",
            ),
        ] {
            let text = format!("Invalid settings provided. Validation errors: [{text}]");
            assert_eq!(check(&bad).unwrap_err().message(), Some(text.as_str()), "{bad}");
        }
    }

    #[test]
    fn what_a_style_has_lies_over_the_rest() {
        let own = json!({ "componentClasses": { "buttons": { "borderRadius": 2.0 } } });
        let whole = merged(Some(own)).unwrap();
        assert_eq!(whole["componentClasses"]["buttons"]["borderRadius"], 2.0);
        assert_eq!(whole["componentClasses"]["idpButtons"]["icons"]["enabled"], true);
    }
}
