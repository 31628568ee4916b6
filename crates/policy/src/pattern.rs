//! Wildcards and variables.
//!
//! A pattern is cut into pieces when its document is read. A variable is a piece, so that what it brings in is compared
//! as it is: the user named `*` is no wildcard (identity-pools-and-iam §10.2).
//!
//! `*` splits a pattern into stretches. The first stands at the beginning of the text, the last at its end, and each
//! between them at the first place where it fits: a later place would leave less for those that follow. So nothing is
//! ever taken back. A stretch is a search for a literal text, and only one that has `?` or a variable inside is tried
//! at each place; the work is at most the length of the text times that of such stretches.

use std::borrow::Cow;

use crate::context::Context;

/// What a variable begins with.
pub(crate) const OPENING: &str = "${";

/// How `*` and `?` of a document are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wildcards {
    Active,
    Literal,
}

/// How `${…}` of a document is read: not at all in version 2008-10-17.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variables {
    Active,
    Literal,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Literal(Box<str>),
    /// `?`
    One,
    Variable {
        /// In lower case.
        key: Box<str>,
        default: Option<Box<str>>,
    },
}

/// Pieces without `*` between them.
type Stretch = Box<[Piece]>;

/// A text with wildcards and variables. Most have none, or one `*` at their end, and need no pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// A text.
    Exact(Box<str>),
    /// A text, and `*`.
    Prefix(Box<str>),
    /// What stands before the first `*`, and what follows it.
    Pieces(Stretch, Option<Rest>),
}

/// What follows the first `*`: what stands between others, and what follows the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rest {
    between: Box<[Stretch]>,
    last: Stretch,
}

impl Pattern {
    /// Reads a text of a document.
    pub(crate) fn new(text: &str, wildcards: Wildcards, variables: Variables) -> Self {
        let stretches = stretches(text, wildcards, variables);
        if let [first, rest @ ..] = &*stretches
            && let Some(literal) = only_literal(first)
        {
            match rest {
                [] => return Self::Exact(literal.into()),
                [last] if last.is_empty() => return Self::Prefix(literal.into()),
                _ => {}
            }
        }
        let mut stretches = stretches.into_iter();
        let first = stretches.next().unwrap_or_default().into();
        let mut between: Vec<Stretch> = stretches.map(Into::into).collect();
        let last = between.pop();
        between.retain(|stretch| !stretch.is_empty());
        Self::Pieces(first, last.map(|last| Rest { between: between.into(), last }))
    }

    /// Whether it is the whole of `text`. False when a variable has no value.
    pub(crate) fn matches(&self, text: &str, context: &Context) -> bool {
        match self {
            Self::Exact(literal) => **literal == *text,
            Self::Prefix(literal) => text.starts_with(&**literal),
            Self::Pieces(first, rest) => pieces_match(first, rest.as_ref(), text, context),
        }
    }

    /// Whether all its variables have values.
    pub(crate) fn is_resolved(&self, context: &Context) -> bool {
        self.pieces().all(|piece| matches!(piece, Piece::One) || text_of(piece, context).is_some())
    }

    /// The text with its variables filled in, as long as there are no wildcards. `None` when a variable has no value.
    pub(crate) fn resolve<'a>(&'a self, context: &'a Context) -> Option<Cow<'a, str>> {
        match self {
            Self::Exact(literal) => Some(Cow::Borrowed(literal)),
            Self::Prefix(_) | Self::Pieces(_, Some(_)) => None,
            Self::Pieces(pieces, None) => {
                let texts: Option<Vec<&str>> = pieces.iter().map(|piece| text_of(piece, context)).collect();
                texts.map(|texts| Cow::Owned(texts.concat()))
            }
        }
    }

    /// The keys of its variables.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.pieces().filter_map(|piece| match piece {
            Piece::Variable { key, .. } => Some(&**key),
            Piece::Literal(_) | Piece::One => None,
        })
    }

    /// Its pieces, of one that needs some.
    fn pieces(&self) -> impl Iterator<Item = &Piece> {
        let (first, rest) = match self {
            Self::Exact(_) | Self::Prefix(_) => (None, None),
            Self::Pieces(first, rest) => (Some(first), rest.as_ref()),
        };
        let rest = rest.into_iter().flat_map(|rest| rest.between.iter().chain([&rest.last]));
        first.into_iter().chain(rest).flat_map(|stretch| stretch.iter())
    }
}

/// The text of a stretch that is nothing else.
fn only_literal(stretch: &[Piece]) -> Option<&str> {
    match stretch {
        [] => Some(""),
        [Piece::Literal(literal)] => Some(literal),
        _ => None,
    }
}

fn pieces_match(first: &[Piece], rest: Option<&Rest>, text: &str, context: &Context) -> bool {
    let Some(mut text) = after(first, text, context) else { return false };
    let Some(rest) = rest else { return text.is_empty() };
    for stretch in &rest.between {
        let Some(behind) = behind_first(stretch, text, context) else { return false };
        text = behind;
    }
    before(&rest.last, text, context).is_some()
}

/// The text of a piece; `None` where it has none.
fn text_of<'a>(piece: &'a Piece, context: &'a Context) -> Option<&'a str> {
    match piece {
        Piece::Literal(text) => Some(text),
        Piece::One => None,
        Piece::Variable { key, default } => context.variable(key, default.as_deref()),
    }
}

/// What of `text` comes after a stretch at its beginning.
fn after<'t>(stretch: &[Piece], text: &'t str, context: &Context) -> Option<&'t str> {
    stretch.iter().try_fold(text, |text, piece| match piece {
        Piece::Literal(literal) => text.strip_prefix(&**literal),
        Piece::One => {
            let mut characters = text.chars();
            characters.next().map(|_| characters.as_str())
        }
        Piece::Variable { .. } => text.strip_prefix(text_of(piece, context)?),
    })
}

/// What of `text` comes before a stretch at its end.
fn before<'t>(stretch: &[Piece], text: &'t str, context: &Context) -> Option<&'t str> {
    stretch.iter().rev().try_fold(text, |text, piece| match piece {
        Piece::Literal(literal) => text.strip_suffix(&**literal),
        Piece::One => {
            let mut characters = text.chars();
            characters.next_back().map(|_| characters.as_str())
        }
        Piece::Variable { .. } => text.strip_suffix(text_of(piece, context)?),
    })
}

/// What of `text` comes behind the first place of a stretch.
fn behind_first<'t>(stretch: &[Piece], text: &'t str, context: &Context) -> Option<&'t str> {
    if let [Piece::Literal(literal)] = stretch {
        return text.split_once(&**literal).map(|(_, behind)| behind);
    }
    let mut places = text.char_indices().map(|(place, _)| place).chain([text.len()]);
    places.find_map(|place| after(stretch, text.get(place..)?, context))
}

/// The stretches of a text: one more than it has `*`.
fn stretches(text: &str, wildcards: Wildcards, mut variables: Variables) -> Vec<Vec<Piece>> {
    let mut all = vec![];
    let mut pieces = vec![];
    let mut literal = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if variables == Variables::Active && rest.starts_with(OPENING) {
            let Some((inside, behind)) = variable(rest) else {
                // Nor does any that follows have an end.
                variables = Variables::Literal;
                continue;
            };
            rest = behind;
            match inside {
                "*" | "?" | "$" => literal.push_str(inside),
                _ => {
                    end_literal(&mut literal, &mut pieces);
                    pieces.push(named(inside));
                }
            }
            continue;
        }
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
        match (character, wildcards) {
            ('*', Wildcards::Active) => {
                end_literal(&mut literal, &mut pieces);
                all.push(std::mem::take(&mut pieces));
            }
            ('?', Wildcards::Active) => {
                end_literal(&mut literal, &mut pieces);
                pieces.push(Piece::One);
            }
            _ => literal.push(character),
        }
    }
    end_literal(&mut literal, &mut pieces);
    all.push(pieces);
    all
}

fn end_literal(literal: &mut String, pieces: &mut Vec<Piece>) {
    if !literal.is_empty() {
        pieces.push(Piece::Literal(std::mem::take(literal).into()));
    }
}

/// What stands inside a variable at the beginning of `text`, and what comes behind it. A variable that does not end is
/// text.
pub(crate) fn variable(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix(OPENING)?.split_once('}')
}

/// `key`, or `key, 'default'`.
fn named(inside: &str) -> Piece {
    let (key, default) = match inside.split_once(',') {
        Some((key, default)) => {
            (key, default.trim().strip_prefix('\'').and_then(|text| text.strip_suffix('\'')))
        }
        None => (inside, None),
    };
    Piece::Variable { key: key.trim().to_lowercase().into(), default: default.map(Into::into) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A pattern without variables.
    fn wildcard_match(pattern: &str, text: &str) -> bool {
        Pattern::new(pattern, Wildcards::Active, Variables::Literal).matches(text, &Context::new())
    }

    fn matches(pattern: &str, text: &str, context: &Context) -> bool {
        Pattern::new(pattern, Wildcards::Active, Variables::Active).matches(text, context)
    }

    #[test]
    fn variables_bring_in_text_and_no_wildcards() {
        let context = Context::new().with("aws:username", "al*").with_many("aws:TagKeys", ["a"]);
        for (pattern, text, expected) in [
            ("u/${aws:username}", "u/al*", true),
            ("u/${aws:username}", "u/alice", false),
            ("u/${AWS:UserName}", "u/al*", true),
            ("*${aws:username}*", "xal*y", true),
            ("*${aws:username}?", "xal*", false),
            ("${aws:nobody}", "", false),
            ("${aws:nobody, 'anna'}", "anna", true),
            ("${aws:username, 'anna'}", "anna", false),
            ("${aws:nobody, '*'}", "x", false),
            ("${aws:nobody, ''}", "", true),
            ("${aws:nobody,'a, b'}", "a, b", true),
            // A key of many values has none here, and its default does not count.
            ("${aws:TagKeys}", "a", false),
            ("${aws:TagKeys, 'x'}", "x", false),
            ("${*}", "*", true),
            ("${*}", "x", false),
            ("a${?}b", "a?b", true),
            ("a${?}b", "axb", false),
            ("${$}{aws:username}", "${aws:username}", true),
            ("${aws:username", "${aws:username", true),
            ("$", "$", true),
        ] {
            assert_eq!(matches(pattern, text, &context), expected, "{pattern} of {text}");
        }
    }

    #[test]
    fn an_old_document_has_no_variables() {
        let context = Context::new().with("aws:username", "alice");
        let pattern = Pattern::new("${aws:username}*", Wildcards::Active, Variables::Literal);
        assert!(pattern.matches("${aws:username}x", &context));
        assert!(!pattern.matches("alice", &context));
        // The `*` inside is a wildcard then.
        let pattern = Pattern::new("${*}", Wildcards::Active, Variables::Literal);
        assert!(pattern.matches("${abc}", &context));
    }

    #[test]
    fn characters_are_unicodes() {
        for (pattern, text, expected) in
            [("?", "é", true), ("?", "😀", true), ("??", "é", false), ("*?é", "xé", true), ("*?", "", false)]
        {
            assert_eq!(wildcard_match(pattern, text), expected, "{pattern} of {text}");
        }
    }

    /// A matcher that is plainly right.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            (['*', pattern @ ..], _) => (0..=text.len()).any(|skipped| naive(pattern, &text[skipped..])),
            (['?', pattern @ ..], [_, text @ ..]) => naive(pattern, text),
            ([a, pattern @ ..], [b, text @ ..]) if a == b => naive(pattern, text),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn wildcards_match_as_a_naive_matcher_says(pattern in "[ab*?é]{0,9}", text in "[abé]{0,12}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(wildcard_match(&pattern, &text), naive(&chars(&pattern), &chars(&text)));
        }
    }

    /// A pattern that makes matchers with backtracking take for ever.
    #[test]
    fn many_stars_cost_little() {
        let pattern = "*a".repeat(5_000) + "*b";
        assert!(!wildcard_match(&pattern, &"a".repeat(10_000)));
        assert!(wildcard_match(&pattern, &("a".repeat(10_000) + "b")));
    }
}
