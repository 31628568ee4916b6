//! Whom a trust policy names, as it is written: names come and go, and whoever stores a document has to know whom it meant.

use std::collections::BTreeMap;

use serde_json::Value;

/// The principals of the kind `AWS` that a document names.
#[must_use]
pub fn named_principals(document: &str) -> Vec<String> {
    let mut names = Vec::new();
    if let Ok(mut document) = serde_json::from_str(document) {
        each_principal(&mut document, |name| names.push(name.clone()));
    }
    names
}

/// The document with other names for some of its principals; where nothing changes, as it was written.
#[must_use]
pub fn with_principals(document: &str, names: &BTreeMap<String, String>) -> String {
    // Mostly everybody still has the name that is written.
    if names.iter().all(|(name, other)| name == other) {
        return document.to_owned();
    }
    let Ok(mut value) = serde_json::from_str(document) else { return document.to_owned() };
    let mut is_changed = false;
    each_principal(&mut value, |name| {
        if let Some(other) = names.get(name).filter(|other| *other != name) {
            name.clone_from(other);
            is_changed = true;
        }
    });
    if is_changed { value.to_string() } else { document.to_owned() }
}

fn each_principal(document: &mut Value, mut visit: impl FnMut(&mut String)) {
    let Some(statements) = document.get_mut("Statement") else { return };
    for statement in one_or_many(statements) {
        for member in ["Principal", "NotPrincipal"] {
            let named = statement.get_mut(member).and_then(|principal| principal.get_mut("AWS"));
            for name in named.into_iter().flat_map(one_or_many) {
                if let Value::String(name) = name {
                    visit(name);
                }
            }
        }
    }
}

fn one_or_many(value: &mut Value) -> &mut [Value] {
    match value {
        Value::Array(values) => values,
        one => std::slice::from_mut(one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_alone_are_named_and_renamed() {
        let document = r#"{"Statement":[{"Principal":{"AWS":["a","b"],"Service":"a"},"Condition":{"StringEquals":{"k":"a"}}},
            {"NotPrincipal":{"AWS":"a"}},{"Principal":"*"}]}"#;
        assert_eq!(named_principals(document), ["a", "b", "a"]);
        let names = BTreeMap::from([("a".to_owned(), "c".to_owned())]);
        assert_eq!(
            with_principals(document, &names),
            r#"{"Statement":[{"Principal":{"AWS":["c","b"],"Service":"a"},"Condition":{"StringEquals":{"k":"a"}}},{"NotPrincipal":{"AWS":"c"}},{"Principal":"*"}]}"#
        );
        let same = BTreeMap::from([("a".to_owned(), "a".to_owned())]);
        assert_eq!(with_principals(document, &same), document);
        assert_eq!(with_principals("x", &names), "x");
    }
}
