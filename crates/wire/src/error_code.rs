//! What is known of an error.

use std::fmt;

use crate::ErrorCode;
use crate::generated::errors::FACTS;

impl ErrorCode {
    fn facts(self) -> (&'static str, bool) {
        // Cannot be out of range: the table has a row for every variant.
        FACTS[self as usize]
    }

    /// The name as in `__type`: `GroupExistsException`.
    pub fn as_str(self) -> &'static str {
        self.facts().0
    }

    /// Whether the service itself has failed, and not the caller.
    pub fn is_failure(self) -> bool {
        self.facts().1
    }

    /// The error of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        let index = FACTS.binary_search_by_key(&name, |facts| facts.0).ok()?;
        Self::ALL.get(index).copied()
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_is_found_by_its_name() {
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::from_name(code.as_str()), Some(code));
        }
        assert_eq!(ErrorCode::from_name("GroupExists"), None);
        assert_eq!(ErrorCode::GroupExistsException.to_string(), "GroupExistsException");
        assert_eq!(ErrorCode::MFAMethodNotFoundException.as_str(), "MFAMethodNotFoundException");
        assert_eq!(ErrorCode::SerializationException.as_str(), "SerializationException");
    }
}
