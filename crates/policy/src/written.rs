//! What can be said of a document only as it is written: where its statements stand, and how it spells its keys.

use crate::json::{Document, Object, Statement, Texts};
use crate::malformed::Malformed;
use crate::pattern::{OPENING, variable};
use crate::policy::{Policy, Version, read};

/// A place in a document, as editors count: from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character in its line.
    pub column: usize,
}

/// Where each statement of a document stands: from behind what comes before it, blanks not counted, to behind its own end
/// (identity-pools-and-iam §10.4, observed). Nothing else in a policy than its statements is an object inside an object.
#[must_use]
pub fn positions(document: &str) -> Vec<(Position, Position)> {
    let mut found = Vec::new();
    let mut next = Position { line: 1, column: 1 };
    let (mut behind_last, mut begin) = (next, next);
    let (mut objects, mut in_text, mut is_escaped) = (0_usize, false, false);
    for character in document.chars() {
        if character == '\n' {
            next = Position { line: next.line + 1, column: 1 };
        } else {
            next.column += 1;
        }
        match character {
            '"' if !is_escaped => in_text = !in_text,
            '{' if !in_text => {
                if objects == 1 {
                    begin = behind_last;
                }
                objects += 1;
            }
            '}' if !in_text => {
                objects = objects.saturating_sub(1);
                if objects == 1 {
                    found.push((begin, next));
                }
            }
            _ => {}
        }
        is_escaped = in_text && character == '\\' && !is_escaped;
        if !character.is_whitespace() {
            behind_last = next;
        }
    }
    found
}

/// The condition keys that a document asks for, those of its variables among them, as they are first written.
///
/// # Errors
/// With AWS's message, when the document is no policy.
pub fn context_keys(document: &str) -> Result<Vec<String>, Malformed> {
    Policy::parse(document)?;
    let Document { version, statement: statements, .. } = read(document)?;
    let has_variables = version == Some(Version::V2012);
    let mut keys: Vec<String> = Vec::new();
    let mut put = |key: &str| {
        if !keys.iter().any(|known| known.eq_ignore_ascii_case(key)) {
            keys.push(key.to_owned());
        }
    };
    for Object(Statement { resource, not_resource, condition, .. }) in statements {
        if has_variables {
            let resources = resource.iter().chain(&not_resource).flat_map(|Texts(texts)| texts);
            resources.flat_map(|text| variables(text)).for_each(&mut put);
        }
        let operators = condition.iter().flat_map(|condition| &condition.0);
        for (operator, (key, values)) in
            operators.flat_map(|(operator, keys)| keys.0.iter().map(move |key| (operator, key)))
        {
            put(key);
            if has_variables && (operator.contains("String") || operator.contains("Arn")) {
                values.0.iter().flat_map(|value| variables(&value.0)).for_each(&mut put);
            }
        }
    }
    Ok(keys)
}

/// The keys of the variables in a text.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    let all = std::iter::from_fn(move || {
        let (inside, behind) = variable(rest.get(rest.find(OPENING)?..)?)?;
        rest = behind;
        Some(inside)
    });
    let keys = all.filter(|inside| !matches!(*inside, "*" | "?" | "$"));
    keys.map(|inside| inside.split_once(',').map_or(inside, |(key, _)| key).trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: usize, column: usize) -> Position {
        Position { line, column }
    }

    #[test]
    fn a_statement_begins_behind_what_comes_before_it() {
        // As observed for AdministratorAccess.
        let document = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \
                        \"Action\": \"*\",\n      \"Resource\": \"*\"\n    }\n  ]\n}";
        assert_eq!(positions(document), [(at(3, 17), at(8, 6))]);
        let document = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
        assert_eq!(positions(document), [(at(1, 14), at(1, 60))]);
    }

    #[test]
    fn braces_in_texts_and_conditions_are_no_statements() {
        let document =
            r#"{"Id":"\"{","Statement":[{"Condition":{"StringLike":{"a:b":"}\\"}}}, {"Sid":"ä"}]}"#;
        assert_eq!(positions(document), [(at(1, 26), at(1, 68)), (at(1, 69), at(1, 81))]);
        Policy::parse(document).unwrap_err();
    }

    #[test]
    fn keys_are_named_once_and_as_they_are_first_written() {
        let document = r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":"*","Resource":"arn:aws:iam::1:user/${aws:UserName, 'x'}${*}","Condition":{
                "StringEquals":{"aws:PrincipalTag/Team":"${aws:username}${aws:RequestTag/Team}"},
                "NumericEquals":{"AWS:principaltag/team":"${no:variable}"}}},
            {"Effect":"Deny","Action":"*","NotResource":"*"}]}"#;
        assert_eq!(
            context_keys(document).unwrap(),
            ["aws:UserName", "aws:PrincipalTag/Team", "aws:RequestTag/Team"]
        );
        let old = document.replace("2012-10-17", "2008-10-17");
        assert_eq!(context_keys(&old).unwrap(), ["aws:PrincipalTag/Team"]);
        context_keys("{}").unwrap_err();
    }
}
