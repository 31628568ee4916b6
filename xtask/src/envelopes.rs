//! Requests and responses of the wire, which the domain must not name.

use std::collections::BTreeSet;

use regex::Regex;

use crate::Result;
use crate::services::SERVICES;
use crate::workspace::{read, rust_files};

/// The crates of the domain. Surfaces take requests apart for them.
const DOMAIN: [&str; 2] = ["crates/kernel/src", "crates/core/src"];

/// Fails if the domain names a request or response.
pub(crate) fn run() -> Result {
    let mut envelopes = BTreeSet::new();
    for service in SERVICES {
        for file in ["requests", "responses"] {
            let path = format!("crates/wire/src/generated/{}/{file}.rs", service.module);
            envelopes.extend(declared(&read(&path)?)?);
        }
    }
    let mut problems = Vec::new();
    for folder in DOMAIN {
        for file in rust_files(folder)? {
            let place = format!("{folder}/{file}");
            let named = named(&read(&place)?, &envelopes)?;
            problems.extend(named.into_iter().map(|name| format!("{place} names the wire's {name}")));
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(format!("{}\na domain's function takes values, or a struct of its own", problems.join("\n")))
}

/// The structs that a file of generated code declares.
fn declared(text: &str) -> Result<Vec<String>> {
    words(text, r"(?m)^pub struct (\w+)")
}

/// Those of the names that a source has outside of comments.
fn named(text: &str, names: &BTreeSet<String>) -> Result<BTreeSet<String>> {
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let words = words(&code.join("\n"), r"\b([A-Z]\w+)\b")?;
    Ok(words.into_iter().filter(|word| names.contains(word)).collect())
}

fn words(text: &str, pattern: &str) -> Result<Vec<String>> {
    let pattern = Regex::new(pattern).map_err(|e| e.to_string())?;
    Ok(pattern.captures_iter(text).filter_map(|found| Some(found.get(1)?.as_str().to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_wire_declares_is_found_where_code_names_it() {
        let envelopes = declared("/// Asks.\npub struct GetUserRequest {\n    pub access_token: Sensitive,\n}\npub struct GetUserResponse;\n").unwrap();
        assert_eq!(envelopes, ["GetUserRequest", "GetUserResponse"]);
        let envelopes = envelopes.into_iter().collect();
        let named = |text| named(text, &envelopes).unwrap().into_iter().collect::<Vec<_>>();
        assert_eq!(
            named("use poolhouse_wire::user_pools::{GetUserResponse, UserType};"),
            ["GetUserResponse"]
        );
        assert_eq!(named("fn get(request: user_pools::GetUserRequest) {}"), ["GetUserRequest"]);
    }

    #[test]
    fn comments_and_names_of_the_domain_pass() {
        let envelopes = BTreeSet::from(["GetUserRequest".to_owned()]);
        for text in
            ["/// See GetUserRequest.", "struct FirstResponse;", "fn of(request: &passkeys::Request) {}"]
        {
            assert!(named(text, &envelopes).unwrap().is_empty(), "{text}");
        }
    }
}
