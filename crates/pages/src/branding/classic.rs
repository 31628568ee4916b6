//! The style sheet of SetUICustomization: rules for a fixed list of classes (oauth-and-managed-login §10.1).

use std::fmt;

/// The most that a sheet may have.
pub const LONGEST: usize = 131_072;

/// What a value may not hold: what loads or runs something, and what hides such a thing from being seen here.
const BARRED: [&str; 8] = ["url(", "image-set(", "src(", "expression", "javascript:", "<", "\\", "@"];

/// What every such sheet begins with. Its author saw light pages alone, and buttons whose edge is that of their ground.
const PREAMBLE: &str = ":root{color-scheme:light;--primary-line:transparent;--primary-hover-line:transparent;\
     --primary-active-line:transparent}\n";

/// Why a sheet is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CssError {
    /// It is longer than [`LONGEST`].
    TooLong,
    /// A rule of a selector that is not on the list.
    Selector(String),
    /// `@import`, `@media` and their like.
    AtRule(String),
    /// A declaration that loads or runs something.
    Value(String),
    /// Something that is no rule of declarations.
    Malformed,
}

impl fmt::Display for CssError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "The CSS is longer than {LONGEST} bytes."),
            // AWS's (observed).
            Self::Selector(selector) => {
                write!(f, "The CSS class {selector} is not in the list of allowed classes.")
            }
            Self::AtRule(rule) => write!(f, "The CSS rule {rule} is not allowed."),
            Self::Value(property) => {
                write!(f, "The CSS property {property} has a value that is not allowed.")
            }
            Self::Malformed => f.write_str("The CSS is not a list of rules for allowed classes."),
        }
    }
}

impl std::error::Error for CssError {}

/// The sheet as pages load it, with rules for the `allowed` selectors: written anew from the rules that were read, so that
/// nothing comes through unread. Work is in proportion to the text.
pub fn style_sheet(css: &str, allowed: &[&str]) -> Result<String, CssError> {
    if css.len() > LONGEST {
        return Err(CssError::TooLong);
    }
    let css = without_comments(css)?;
    let mut sheet = PREAMBLE.to_owned();
    let mut rest = css.trim_start();
    while !rest.is_empty() {
        let (selectors, block) = rest.split_once('{').ok_or_else(|| outside(rest))?;
        let (declarations, after) = block.split_once('}').ok_or(CssError::Malformed)?;
        write_selectors(&mut sheet, selectors, allowed)?;
        sheet.push('{');
        for declaration in
            declarations.split(';').map(str::trim).filter(|declaration| !declaration.is_empty())
        {
            write_declaration(&mut sheet, declaration)?;
        }
        sheet.push_str("}\n");
        rest = after.trim_start();
    }
    Ok(sheet)
}

/// What is wrong with text that opens no block.
fn outside(text: &str) -> CssError {
    if text.starts_with('@') { CssError::AtRule(first_word(text)) } else { CssError::Malformed }
}

fn first_word(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c == ';').next().unwrap_or_default().chars().take(40).collect()
}

fn without_comments(css: &str) -> Result<String, CssError> {
    let mut plain = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, comment)) = rest.split_once("/*") {
        plain.push_str(before);
        plain.push(' ');
        (_, rest) = comment.split_once("*/").ok_or(CssError::Malformed)?;
    }
    plain.push_str(rest);
    Ok(plain)
}

fn write_selectors(sheet: &mut String, selectors: &str, allowed: &[&str]) -> Result<(), CssError> {
    for (index, selector) in selectors.split(',').map(str::trim).enumerate() {
        if selector.starts_with('@') {
            return Err(CssError::AtRule(first_word(selector)));
        }
        if !allowed.contains(&selector) {
            return Err(CssError::Selector(selector.chars().take(100).collect()));
        }
        if index > 0 {
            sheet.push(',');
        }
        sheet.push_str(selector);
    }
    Ok(())
}

fn write_declaration(sheet: &mut String, declaration: &str) -> Result<(), CssError> {
    let (property, value) = declaration.split_once(':').ok_or(CssError::Malformed)?;
    let (property, value) = (property.trim(), value.trim());
    let named =
        !property.is_empty() && property.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
    if !named || value.is_empty() || value.contains('{') || !is_closed(value) {
        return Err(CssError::Malformed);
    }
    let plain = value.to_ascii_lowercase();
    if BARRED.iter().any(|barred| plain.contains(barred)) {
        return Err(CssError::Value(property.to_owned()));
    }
    sheet.push_str(property);
    sheet.push(':');
    sheet.push_str(value);
    sheet.push(';');
    Ok(())
}

/// Whether quotes and brackets end within the value: an open one would swallow what follows.
fn is_closed(value: &str) -> bool {
    let (mut open, mut quote) = (Vec::new(), None);
    for character in value.chars() {
        match (quote, character) {
            (Some(mark), _) if character == mark => quote = None,
            (_, '\n' | '\r' | '\u{c}') if quote.is_some() => return false,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '(') => open.push(')'),
            (None, '[') => open.push(']'),
            (None, ')' | ']') if open.pop() != Some(character) => return false,
            (None, _) => {}
        }
    }
    open.is_empty() && quote.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style_sheet(css: &str) -> Result<String, CssError> {
        super::style_sheet(
            css,
            &[".label-customizable", ".logo-customizable", ".submitButton-customizable:hover"],
        )
    }

    #[test]
    fn rules_of_the_listed_classes_are_written_anew() {
        let css = "/* ours */ .logo-customizable { max-width: 60%; }\n\
                   .submitButton-customizable:hover,.label-customizable{color:#fff;font-weight : 400 }";
        let rules = style_sheet(css).unwrap();
        assert_eq!(
            rules.strip_prefix(PREAMBLE).unwrap(),
            ".logo-customizable{max-width:60%;}\n\
             .submitButton-customizable:hover,.label-customizable{color:#fff;font-weight:400;}\n"
        );
        assert_eq!(style_sheet("").unwrap(), PREAMBLE);
    }

    #[test]
    fn others_are_refused_by_name() {
        let refused = |css: &str| style_sheet(css).unwrap_err().to_string();
        assert_eq!(
            refused(".other{color:red}"),
            "The CSS class .other is not in the list of allowed classes."
        );
        assert_eq!(
            refused(".logo-customizable .x{color:red}"),
            "The CSS class .logo-customizable .x is not in the list of allowed classes."
        );
        assert_eq!(refused("@import 'x';"), "The CSS rule @import is not allowed.");
        assert_eq!(
            refused("@media print{.label-customizable{color:red}}"),
            "The CSS rule @media is not allowed."
        );
    }

    #[test]
    fn nothing_loads_runs_or_swallows_what_follows() {
        let value = CssError::Value("background".to_owned());
        for hostile in
            ["URL(//x)", "u\\72l(x)", "expression(1)", "</style>", "image-set('x' 1x)", "url/**/(x)"]
        {
            let css = format!(".label-customizable{{background:{hostile}}}");
            let refused = style_sheet(&css);
            assert!(
                refused == Err(value.clone()) || refused.as_deref().is_ok_and(|css| !css.contains("url(")),
                "{css}"
            );
        }
        for malformed in [
            ".label-customizable{color:\"red}",
            ".label-customizable{color:rgb(1}",
            ".label-customizable{color}",
            ".label-customizable{color:red",
            ".label-customizable",
            ".label-customizable{co lor:red}",
            "}",
            "/* open",
        ] {
            assert_eq!(style_sheet(malformed), Err(CssError::Malformed), "{malformed}");
        }
        assert_eq!(style_sheet(&" ".repeat(LONGEST + 1)), Err(CssError::TooLong));
    }
}
