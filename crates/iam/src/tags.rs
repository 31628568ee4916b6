//! Tags of users, roles and policies (identity-pools-and-iam §10.4).

use poolhouse_kernel::Fault;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::iam::Tag;

use crate::faults;

const MOST: usize = 50;

/// Tags as they are stored: pairs in the order in which they were first written.
pub(crate) type Tags = Vec<(String, String)>;

/// Whether two keys are of one tag: case does not count (identity-pools-and-iam §8.2, recorded).
pub(crate) fn same_key(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

pub(crate) fn read(stored: &str) -> Result<Tags, Fault> {
    serde_json::from_str(stored).map_err(Fault::internal)
}

pub(crate) fn written(tags: &Tags) -> Result<String, Fault> {
    serde_json::to_string(tags).map_err(Fault::internal)
}

/// What is stored of tags that `change` has changed.
pub(crate) fn changed(
    stored: &str,
    change: impl FnOnce(&mut Tags) -> Result<(), Fault>,
) -> Result<String, Fault> {
    let mut tags = read(stored)?;
    change(&mut tags)?;
    written(&tags)
}

/// Sets tags; a key that exists is overwritten.
///
/// # Errors
/// `InvalidInput` for a key that is there twice, `LimitExceeded`.
pub(crate) fn set(tags: &mut Tags, given: Vec<Tag>) -> Result<(), Fault> {
    for (place, tag) in given.iter().enumerate() {
        if given[..place].iter().any(|other| same_key(&other.key, &tag.key)) {
            let text = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
            return Err(Fault::new(ErrorCode::InvalidInputException, text));
        }
    }
    for Tag { key, value } in given {
        tags.retain(|(known, _)| !same_key(known, &key));
        tags.push((key, value));
    }
    if tags.len() > MOST {
        return Err(faults::quota("TagsPerResource", 50));
    }
    Ok(())
}

pub(crate) fn remove(tags: &mut Tags, keys: &[String]) {
    tags.retain(|(known, _)| !keys.iter().any(|key| same_key(key, known)));
}

pub(crate) fn shown(tags: Tags) -> Vec<Tag> {
    tags.into_iter().map(|(key, value)| Tag { key, value }).collect()
}

/// As Create and Get show them: not at all when there are none.
pub(crate) fn shown_if_any(tags: Tags) -> Option<Vec<Tag>> {
    (!tags.is_empty()).then(|| shown(tags))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// docs/decisions/0034-stored-forms-are-the-domains-own.md
    #[test]
    fn what_was_stored_can_be_read() {
        let stored = include_str!("../fixtures/tags.json").trim();
        let tags = read(stored).unwrap();
        assert!(!tags.is_empty());
        assert_eq!(written(&tags).unwrap(), stored);
    }

    #[test]
    fn a_key_is_overwritten_whatever_its_case() {
        let tag = |key: &str, value: &str| Tag { key: key.to_owned(), value: value.to_owned() };
        let mut tags = Tags::new();
        set(&mut tags, vec![tag("a", "1"), tag("b", "2")]).unwrap();
        set(&mut tags, vec![tag("A", "3")]).unwrap();
        assert_eq!(shown(tags.clone()), [tag("b", "2"), tag("A", "3")]);
        assert!(set(&mut tags, vec![tag("c", ""), tag("C", "")]).is_err());
        remove(&mut tags, &["B".to_owned(), "none".to_owned()]);
        assert_eq!(shown(tags), [tag("A", "3")]);
    }

    #[test]
    fn there_are_fifty_at_most() {
        let given = |count: usize| {
            (0..count).map(|n| Tag { key: n.to_string(), value: String::new() }).collect::<Vec<_>>()
        };
        let mut tags = Tags::new();
        set(&mut tags, given(50)).unwrap();
        assert_eq!(set(&mut tags, given(51)).unwrap_err().code(), ErrorCode::LimitExceededException);
    }
}
