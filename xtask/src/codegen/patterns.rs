//! Java regular expressions, translated for the regex crate.

use regex::Regex;

use crate::Result;

/// Inside a character class, what Java means by `\s`: ASCII only.
const SPACE: &str = r"\t\n\x0B\x0C\r\x20";
/// What Java's `.` does not match.
const LINE_ENDS: &str = r"\n\r\x{85}\x{2028}\x{2029}";

/// A regex for the regex crate that matches a whole value as Java's `matches` would.
///
/// Java's `\d`, `\w`, `\s` and `\S` are ASCII where the regex crate's are Unicode, and its `.` stops at more
/// line ends.
pub(super) fn translate(java: &str) -> Result<String> {
    let any = if java.starts_with("(?s)") { ".".to_owned() } else { format!("[^{LINE_ENDS}]") };
    let mut regex = String::new();
    let mut in_class = false;
    let mut characters = java.chars();
    while let Some(c) = characters.next() {
        let class = |members: &str| if in_class { members.to_owned() } else { format!("[{members}]") };
        match c {
            '\\' => match characters.next() {
                Some('d') => regex.push_str(&class("0-9")),
                Some('w') => regex.push_str(&class("0-9A-Za-z_")),
                Some('s') => regex.push_str(&class(SPACE)),
                Some('S') => regex.push_str(&format!("[^{SPACE}]")),
                Some(other) => regex.extend(['\\', other]),
                None => return Err(format!("the pattern {java} ends with a backslash")),
            },
            '.' if !in_class => regex.push_str(&any),
            _ => {
                in_class = if in_class { c != ']' } else { c == '[' };
                regex.push(c);
            }
        }
    }
    let whole = format!(r"\A(?:{regex})\z");
    Regex::new(&whole).map_err(|e| {
        format!("give the pattern {java} another form by a [[pattern]] in the file beside the model: {e}")
    })?;
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(java: &str, value: &str) -> bool {
        Regex::new(&translate(java).unwrap()).unwrap().is_match(value)
    }

    #[test]
    fn digits_words_and_spaces_are_ascii() {
        assert!(matches(r"\d+", "12"));
        assert!(!matches(r"\d+", "\u{663}"));
        assert!(matches(r"[\w-]+_[0-9a-zA-Z]+", "us-east-1_AbC"));
        assert!(!matches(r"[\w-]+_[0-9a-zA-Z]+", "é_1"));
        assert!(matches(r"[\w\s]+", "a b"));
        assert!(!matches(r"[\w\s]+", "a\u{a0}b"));
        assert!(matches(r"[\S]+", "a\u{a0}b"));
        assert!(!matches(r"[\S]+", "a b"));
    }

    #[test]
    fn the_whole_value_must_match() {
        assert!(!matches("[0-9]+", "1\n"));
        assert!(!matches("^[0-9]+$", "1\n"));
        assert!(!matches("a|b", "ab"));
    }

    #[test]
    fn a_dot_stops_at_javas_line_ends() {
        assert!(!matches(".*", "a\u{2028}"));
        assert!(matches("(?s).*", "a\n\u{2028}"));
        assert!(matches("[.]", "."));
    }

    #[test]
    fn look_behind_is_refused() {
        assert!(translate(r"^[a-z.]*(?<!\.)$").is_err());
    }
}
