//! Pages of lists: how long they are, and the sealed tokens that lead from one to the next
//! (docs/cognito/protocol.md §8).

use poolhouse_ports::Timestamp;
use poolhouse_wire::ErrorCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::sealing::DataKeys;
use crate::{Cx, Fault};

/// The page size when none is asked for, and the largest of most lists.
const DEFAULT_LIMIT: u32 = 60;

/// How long a pagination token may be used (protocol §8, documented for ListUsers).
const TOKEN_MILLIS: i64 = 60 * 60 * 1000;

/// One page, and the token of the next where there is one.
#[derive(Debug)]
pub struct Page<T> {
    /// The elements.
    pub items: Vec<T>,
    /// Leads to the next page; the last page has none, even when it is full.
    pub next_token: Option<String>,
}

impl<T> Page<T> {
    /// The page with each element turned into something else.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next_token: self.next_token }
    }
}

/// What a pagination token holds.
#[derive(Serialize, Deserialize)]
struct Token<K> {
    /// The list and its arguments: a token of another list is refused (protocol §8, observed).
    list: String,
    /// Key of the last element of the page before.
    after: K,
    issued_at: Timestamp,
}

/// A request for one page of a list.
pub struct Pager<'a> {
    keys: &'a DataKeys,
    list: String,
    limit: u32,
    bad_token: (ErrorCode, &'static str),
    now: Timestamp,
}

impl<'a> Pager<'a> {
    /// `list` names the list with all arguments that a token is bound to; `limit` is the page size asked
    /// for, 0 and absence meaning the default.
    pub fn new<S>(cx: &Cx<S>, keys: &'a DataKeys, list: String, limit: Option<i32>) -> Self {
        let limit = limit.and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0);
        Self::of_size(cx, keys, list, limit.unwrap_or(DEFAULT_LIMIT).min(DEFAULT_LIMIT))
    }

    /// The same with a page size that is decided already.
    pub fn of_size<S>(cx: &Cx<S>, keys: &'a DataKeys, list: String, limit: u32) -> Self {
        let text = "Provided pagination token is invalid. Check the token and try your request again.";
        Self { keys, list, limit, bad_token: (ErrorCode::InvalidParameterException, text), now: cx.now }
    }

    /// Uses another text for tokens that are refused.
    pub fn refusing_with(self, text: &'static str) -> Self {
        Self { bad_token: (self.bad_token.0, text), ..self }
    }

    /// Uses another error for tokens that are refused.
    pub fn refusing(self, code: ErrorCode, text: &'static str) -> Self {
        Self { bad_token: (code, text), ..self }
    }

    /// The key after which the page begins; the first page begins after the default of the key's type.
    ///
    /// # Errors
    /// `InvalidParameterException`, or what it [refuses](Self::refusing) with, for a token that is foreign, altered or too old.
    pub fn after<K: DeserializeOwned + Default>(&self, token: Option<&str>) -> Result<K, Fault> {
        let Some(token) = token else { return Ok(K::default()) };
        self.keys
            .open_token::<Token<K>>("page", token)
            .filter(|t| t.list == self.list && self.now.millis_since(t.issued_at) <= TOKEN_MILLIS)
            .map(|t| t.after)
            .ok_or_else(|| Fault::new(self.bad_token.0, self.bad_token.1))
    }

    /// How many rows to read: one more than the page, to know whether another follows.
    pub fn rows(&self) -> u32 {
        self.limit + 1
    }

    /// The page made of the rows that were read; `key` gives a row's place in the list.
    pub fn page<T, K: Serialize>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> K) -> Result<Page<T>, Fault> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_token = match rows.last() {
            Some(last) if more => Some(self.keys.seal_token(
                "page",
                &Token { list: self.list.clone(), after: key(last), issued_at: self.now },
            )?),
            _ => None,
        };
        Ok(Page { items: rows, next_token })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// The keys of the lists that there are.
    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Key {
        Name(String),
        Dated(Timestamp, String),
        Valued(String, String),
    }

    /// Each decodes, and encodes to the same JSON again (docs/decisions/0034-stored-forms-are-the-domains-own.md).
    #[test]
    fn what_was_sealed_can_be_read() {
        let documents: Vec<Value> =
            serde_json::from_str(include_str!("../fixtures/page_token.json")).unwrap();
        assert!(!documents.is_empty());
        for document in documents {
            let token: Token<Key> = serde_json::from_str(&document.to_string()).unwrap();
            assert_eq!(serde_json::to_value(token).unwrap(), document);
        }
    }
}
