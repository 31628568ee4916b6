//! The paths that a source file names: in its `use` declarations, and in its code.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::Result;

/// A path as written: `["super", "record", "User"]`.
pub(super) type Path = Vec<String>;

/// What a file names.
#[derive(Debug, Default)]
pub(super) struct Paths {
    /// Its imports: the name that each gives, and the path behind it; `*` for all names of a module.
    pub(super) imports: Vec<Import>,
    /// Qualified paths in its code.
    pub(super) named: Vec<Path>,
}

/// One name of a `use` declaration.
#[derive(Debug, PartialEq)]
pub(super) struct Import {
    pub(super) name: String,
    pub(super) path: Path,
    /// `pub use`: it hands the name on.
    pub(super) hands_on: bool,
}

impl Paths {
    /// Reads a file's text; what it has for tests alone is left out.
    pub(super) fn of(text: &str) -> Result<Self> {
        let tokens: TokenStream = text.parse().map_err(|e| format!("not Rust: {e}"))?;
        let mut paths = Self::default();
        paths.read(tokens);
        Ok(paths)
    }

    fn read(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            if is_test_attribute(&tokens, at) {
                at = end_of_item(&tokens, at + 2);
                continue;
            }
            match token {
                TokenTree::Ident(word) if word == "use" => {
                    let end = end_of_item(&tokens, at);
                    let hands_on = is_public(tokens.get(..at).unwrap_or_default());
                    let tree = tokens.get(at + 1..end - 1).unwrap_or_default();
                    self.import(tree, &Path::new(), hands_on);
                    at = end;
                }
                TokenTree::Ident(_) => {
                    let (path, end) = path(&tokens, at);
                    if path.len() > 1 {
                        self.named.push(path);
                    }
                    at = end;
                }
                TokenTree::Group(group) => {
                    self.read(group.stream());
                    at += 1;
                }
                _ => at += 1,
            }
        }
    }

    /// Reads the tree of a `use` declaration behind `before`.
    fn import(&mut self, tree: &[TokenTree], before: &[String], hands_on: bool) {
        let parts = tree.split(|token| matches!(token, TokenTree::Punct(p) if p.as_char() == ','));
        for part in parts.filter(|part| !part.is_empty()) {
            let (own, end) = path(part, 0);
            let path: Path = before.iter().cloned().chain(own).collect();
            match part.get(end..).unwrap_or_default() {
                [.., TokenTree::Group(group)] => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    self.import(&inner, &path, hands_on);
                }
                [.., TokenTree::Punct(star)] if star.as_char() == '*' => {
                    self.imports.push(Import { name: "*".to_owned(), path, hands_on });
                }
                rest => {
                    let renamed = match rest {
                        [TokenTree::Ident(_as), TokenTree::Ident(name)] => Some(name.to_string()),
                        _ => None,
                    };
                    self.add(path, renamed, hands_on);
                }
            }
        }
    }

    fn add(&mut self, mut path: Path, renamed: Option<String>, hands_on: bool) {
        if path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        if let Some(name) = renamed.or_else(|| path.last().cloned()) {
            self.imports.push(Import { name, path, hands_on });
        }
    }
}

/// The path that begins at `at`, and where it ends: names joined by `::`.
fn path(tokens: &[TokenTree], at: usize) -> (Path, usize) {
    let (mut path, mut at) = (Path::new(), at);
    while let Some(TokenTree::Ident(name)) = tokens.get(at) {
        path.push(name.to_string());
        at += 1;
        match tokens.get(at..at + 2) {
            Some([TokenTree::Punct(a), TokenTree::Punct(b)]) if a.as_char() == ':' && b.as_char() == ':' => {
                at += 2;
            }
            _ => break,
        }
    }
    (path, at)
}

/// Whether `#[cfg(test)]` or `#[test]` stands at `at`.
fn is_test_attribute(tokens: &[TokenTree], at: usize) -> bool {
    match tokens.get(at..at + 2) {
        Some([TokenTree::Punct(hash), TokenTree::Group(group)]) if hash.as_char() == '#' => {
            let text: String = group.stream().to_string().split_whitespace().collect();
            text == "cfg(test)"
        }
        _ => false,
    }
}

/// Behind the item that stands at `at`: behind its `;` or its braces.
fn end_of_item(tokens: &[TokenTree], at: usize) -> usize {
    let is_use = matches!(tokens.get(at), Some(TokenTree::Ident(word)) if word == "use");
    let ends = |token: &TokenTree| match token {
        TokenTree::Punct(sign) => sign.as_char() == ';',
        TokenTree::Group(group) => !is_use && group.delimiter() == Delimiter::Brace,
        _ => false,
    };
    let rest = tokens.get(at..).unwrap_or_default();
    at + rest.iter().position(ends).map_or(rest.len(), |end| end + 1)
}

/// Whether what stands before an item makes it public, as far as that may be.
fn is_public(before: &[TokenTree]) -> bool {
    let is_pub = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Ident(word)) if word == "pub");
    match before {
        [.., word, TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => {
            is_pub(Some(word))
        }
        _ => is_pub(before.last()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import(name: &str, path: &str, hands_on: bool) -> Import {
        Import { name: name.to_owned(), path: path.split("::").map(str::to_owned).collect(), hands_on }
    }

    #[test]
    fn the_names_of_a_use_tree_and_the_paths_behind_them() {
        let text = "use crate::users::{self, record as users_record, admin::{get, set}};\n\
                    pub(crate) use edit::edit;\npub use super::*;\nuse std::fmt;";
        let expected = [
            import("users", "crate::users", false),
            import("users_record", "crate::users::record", false),
            import("get", "crate::users::admin::get", false),
            import("set", "crate::users::admin::set", false),
            import("edit", "edit::edit", true),
            import("*", "super", true),
            import("fmt", "std::fmt", false),
        ];
        assert_eq!(Paths::of(text).unwrap().imports, expected);
    }

    #[test]
    fn paths_in_code_count_and_those_of_tests_do_not() {
        let text = "fn f() { users::get(a.b, crate::ids::X)?; vec![groups::all()] }\n\
                    #[cfg(test)] mod tests { use super::*; fn g() { recovery::start() } }\n\
                    fn h() -> tokens::Set {}";
        let named: Vec<String> = Paths::of(text).unwrap().named.iter().map(|path| path.join("::")).collect();
        assert_eq!(named, ["users::get", "crate::ids::X", "groups::all", "tokens::Set"]);
    }
}
