//! What a new password needs.

use crate::texts::Texts;

/// The pool's rules for passwords.
#[derive(Clone, Debug, Default)]
pub struct PasswordRules {
    /// The fewest characters.
    pub length: u16,
    /// Whether a lower-case letter is needed.
    pub lower: bool,
    /// Whether an upper-case letter is needed.
    pub upper: bool,
    /// Whether a number is needed.
    pub number: bool,
    /// Whether a symbol is needed.
    pub symbol: bool,
    /// How many of the last passwords may not come again.
    pub history: u16,
}

/// A rule as the page lists it.
pub(crate) struct Rule {
    /// The name by which the script knows it, where a browser can judge it.
    pub(crate) name: Option<&'static str>,
    pub(crate) text: String,
}

impl PasswordRules {
    pub(crate) fn list(&self, t: &Texts) -> Vec<Rule> {
        let rule = |name, text: &str| Rule { name: Some(name), text: text.to_owned() };
        let wanted = [
            (self.lower, "lower", t.rule_lower),
            (self.upper, "upper", t.rule_upper),
            (self.number, "number", t.rule_number),
            (self.symbol, "symbol", t.rule_symbol),
        ];
        let mut rules = vec![rule("length", &t.rule_length.with(&self.length.to_string()))];
        rules.extend(wanted.iter().filter(|(wanted, ..)| *wanted).map(|(_, name, text)| rule(name, text)));
        rules.push(rule("spaces", t.rule_spaces));
        if self.history > 0 {
            rules.push(Rule { name: None, text: t.rule_history.with(&self.history.to_string()) });
        }
        rules
    }
}
