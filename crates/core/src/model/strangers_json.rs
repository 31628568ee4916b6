//! JSON that strangers write.

use serde::de::DeserializeOwned;

/// The object that a text is; a member that counts and comes twice is refused.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn object<T: DeserializeOwned>(text: &[u8]) -> Result<T, String> {
    // serde takes a list of the members' values for the object itself.
    if !text.trim_ascii_start().starts_with(b"{") {
        return Err("it is no JSON object".to_owned());
    }
    serde_json::from_slice(text).map_err(|error| format!("it cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Named {
        name: String,
    }

    #[test]
    fn an_object_is_no_list_and_says_nothing_twice() {
        assert_eq!(object(b" {\"name\":\"a\",\"other\":1}"), Ok(Named { name: "a".to_owned() }));
        for text in ["", "[\"a\"]", "null", "{\"name\":\"a\",\"name\":\"b\"}", "{\"name\":1}", "{} {}"] {
            assert!(object::<Named>(text.as_bytes()).is_err(), "{text}");
        }
    }
}
