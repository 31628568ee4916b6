//! ARNs, part by part.

use crate::context::Context;
use crate::pattern::{OPENING, Pattern, Variables, Wildcards, variable};

/// `arn`, partition, service, region, account, resource. The last one may hold colons.
pub(crate) type Parts<'a> = [&'a str; 6];

/// The parts of an ARN; `None` of a text that is none.
pub(crate) fn parts(text: &str) -> Option<Parts<'_>> {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next();
    let parts = [next()?, next()?, next()?, next()?, next()?, next()?];
    (parts.first() == Some(&"arn")).then_some(parts)
}

/// An ARN with wildcards and variables. It is split before variables are filled in, so that a value with colons moves
/// nothing into another part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ArnPattern {
    parts: Box<[Pattern]>,
}

impl ArnPattern {
    /// Reads one of a document. One of a resource may be shorter: parts that are missing are `*`, so that a `*` at its
    /// end runs on over colons (identity-pools-and-iam §10.1, documented).
    pub(crate) fn new(text: &str, variables: Variables) -> Self {
        let parts = split(text, variables);
        Self {
            parts: parts.into_iter().map(|part| Pattern::new(part, Wildcards::Active, variables)).collect(),
        }
    }

    /// Whether it has all six.
    pub(crate) fn is_whole(&self) -> bool {
        self.parts.len() == 6
    }

    /// Whether an ARN is one of those that are meant.
    pub(crate) fn matches(&self, arn: &Parts<'_>, context: &Context) -> bool {
        // The last ones tell most of them apart.
        self.parts.iter().zip(arn).rev().all(|(pattern, part)| pattern.matches(part, context))
    }

    /// Whether an ARN is certainly none of those that are meant: some part is another one. A part with a variable that has
    /// no value rules out nothing.
    pub(crate) fn rules_out(&self, arn: &Parts<'_>, context: &Context) -> bool {
        let another = |(pattern, part): (&Pattern, &&str)| {
            !pattern.matches(part, context) && pattern.is_resolved(context)
        };
        self.parts.iter().zip(arn).any(another)
    }

    /// The keys of its variables.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().flat_map(Pattern::keys)
    }
}

/// At most six parts. Colons inside a variable are its own.
fn split(text: &str, mut variables: Variables) -> Vec<&str> {
    let mut parts = vec![];
    let (mut begin, mut place) = (0, 0);
    while let Some(rest) = text.get(place..).filter(|rest| !rest.is_empty() && parts.len() < 5) {
        if variables == Variables::Active && rest.starts_with(OPENING) {
            match variable(rest) {
                Some((_, behind)) => place = text.len() - behind.len(),
                // Nor does any that follows have an end.
                None => variables = Variables::Literal,
            }
            continue;
        }
        if rest.starts_with(':') {
            parts.extend(text.get(begin..place));
            begin = place + 1;
        }
        place += rest.chars().next().map_or(1, char::len_utf8);
    }
    parts.extend(text.get(begin..));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_compared_one_by_one() {
        let context = Context::new().with("aws:username", "a:b").with("aws:PrincipalTag/x", "1:userpool/y");
        for (pattern, arn, expected) in [
            ("arn:aws:cognito-idp:*", "arn:aws:cognito-idp:r:1:userpool/p", true),
            ("arn:aws:cognito-idp", "arn:aws:cognito-idp:r:1:userpool/p", true),
            ("arn:aws:cognito-idp:*:userpool/p", "arn:aws:cognito-idp:r:1:userpool/p", false),
            ("arn:aws:cognito-idp:r*:userpool/p", "arn:aws:cognito-idp:r:1:userpool/p", false),
            ("arn:aws:cognito-idp:*:*:userpool/*", "arn:aws:cognito-idp:r:1:userpool/a/b:c", true),
            ("arn:aws:cognito-idp:*:*:userpool/?", "arn:aws:cognito-idp:r:1:userpool/ab", false),
            ("arn:aws:cognito-idp:*:1:UserPool/p", "arn:aws:cognito-idp:r:1:userpool/p", false),
            ("arn:aws:iam::1:user/${aws:username}", "arn:aws:iam::1:user/a:b", true),
            ("arn:aws:cognito-idp:r:${aws:PrincipalTag/x}", "arn:aws:cognito-idp:r:1:userpool/y", false),
            ("arn:aws:cognito-idp:r:${aws:PrincipalTag/x}:*", "arn:aws:cognito-idp:r:1:userpool/y", false),
        ] {
            let pattern = ArnPattern::new(pattern, Variables::Active);
            assert_eq!(pattern.matches(&parts(arn).unwrap(), &context), expected, "{pattern:?} of {arn}");
        }
    }

    #[test]
    fn what_is_no_arn_has_no_parts() {
        for text in ["", "*", "arn", "arn:aws:s3:::", "arm:aws:s3:::b", "arn:aws:s3::b"] {
            assert_eq!(parts(text).is_some(), text == "arn:aws:s3:::", "{text}");
        }
    }
}
