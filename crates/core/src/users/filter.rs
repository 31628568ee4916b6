//! The filter of ListUsers: `<attribute> = "<value>"` or `<attribute> ^= "<value>"`
//! (docs/cognito/users-and-groups.md §14).

use poolhouse_kernel::Fault;

/// What a filter asks for; whether the attribute can be searched is not decided here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) attribute: String,
    pub(crate) value: String,
    /// Whether values that start with `value` are asked for, or those that equal it.
    pub(crate) prefix: bool,
}

/// Reads a filter; an empty one is none.
///
/// # Errors
/// `InvalidParameterException`.
pub(crate) fn parse(text: &str) -> Result<Option<Filter>, Fault> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    filter(text).map(Some).ok_or_else(|| Fault::invalid_parameter("Error while parsing filter."))
}

fn filter(text: &str) -> Option<Filter> {
    let (attribute, rest) = attribute(text).filter(|(attribute, _)| !attribute.is_empty())?;
    let rest = rest.trim_start();
    let (prefix, rest) = match rest.strip_prefix("^=") {
        Some(rest) => (true, rest),
        None => (false, rest.strip_prefix('=')?),
    };
    let value = quoted(rest.trim_start().strip_prefix('"')?)?;
    Some(Filter { attribute: attribute.to_owned(), value, prefix })
}

/// The attribute's name, which may stand in quotation marks (documented by the example of the SDK for JavaScript), and
/// what follows.
fn attribute(text: &str) -> Option<(&str, &str)> {
    match text.strip_prefix('"') {
        Some(text) => text.split_once('"'),
        None => Some(text.split_at(text.find(|c: char| c.is_whitespace() || "=^\"'".contains(c))?)),
    }
}

/// A value up to the quotation mark that ends it and the text. A quotation mark in the value has a
/// backslash before it (documented); so has a backslash, or no value could end in one (inferred). Before
/// anything else a backslash means itself.
fn quoted(text: &str) -> Option<String> {
    let mut value = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' => return rest.as_str().is_empty().then_some(value),
            '\\' => match rest.clone().next() {
                Some(escaped @ ('"' | '\\')) => {
                    rest.next();
                    value.push(escaped);
                }
                _ => value.push('\\'),
            },
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn filters_are_read() {
        let cases = [
            (r#"email = "a@example.com""#, "email", "a@example.com", false),
            (r#"email="a@example.com""#, "email", "a@example.com", false),
            (r#"  name  ^=  "Jo hn"  "#, "name", "Jo hn", true),
            (r#"cognito:user_status="Enabled""#, "cognito:user_status", "Enabled", false),
            (r#"family_name = "O \"the\" Neill""#, "family_name", "O \"the\" Neill", false),
            (r#"username = "DOMAIN\user""#, "username", r"DOMAIN\user", false),
            (r#"username = "ends in \\""#, "username", r"ends in \", false),
            (r#"name = """#, "name", "", false),
            (r#""sub" = "x""#, "sub", "x", false),
            (r#""email"^="x""#, "email", "x", true),
            (r#""cognito:user_status"="Enabled""#, "cognito:user_status", "Enabled", false),
        ];
        for (text, attribute, value, prefix) in cases {
            let expected = Filter { attribute: attribute.to_owned(), value: value.to_owned(), prefix };
            assert_eq!(parse(text).unwrap(), Some(expected), "{text}");
        }
        assert_eq!(parse("").unwrap(), None);
        assert_eq!(parse(" \t").unwrap(), None);
    }

    #[test]
    fn bad_grammar_is_refused() {
        let cases = [
            "email",
            "email =",
            "email = a",
            "email = 'a'",
            r#"email = "a"#,
            r#"= "a""#,
            r#"email == "a""#,
            r#"email ^ = "a""#,
            r#"email = "a" AND name = "b""#,
            r#"email != "a""#,
            r#"email "a""#,
            r#""email = "a""#,
            r#"email" = "a""#,
            r#""" = "a""#,
            r#"'email' = "a""#,
            r#"email = "a\""#,
        ];
        for text in cases {
            let error = parse(text).expect_err(text);
            assert_eq!(error.message(), Some("Error while parsing filter."), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_gets_an_answer(text in ".{0,64}") {
            let _ = parse(&text);
        }

        #[test]
        fn every_value_can_be_asked_for(value in ".{0,64}", prefix: bool) {
            let escaped = value.replace('\\', r"\\").replace('"', r#"\""#);
            let operator = if prefix { "^=" } else { "=" };
            let filter = parse(&format!("name {operator} \"{escaped}\"")).unwrap();
            prop_assert_eq!(filter, Some(Filter { attribute: "name".to_owned(), value, prefix }));
        }
    }
}
