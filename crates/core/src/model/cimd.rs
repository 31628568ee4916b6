//! Policies about client metadata documents: which URLs are clients of a pool (docs/cognito/new-operations.md §16.2).

use poolhouse_kernel::Fault;
use poolhouse_ports::ClientId;
use poolhouse_store::tables::cimd_policies::CimdPolicy as Row;

use super::metadata_url::{exactness, matches};

/// A policy as it is used.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) id: String,
    /// The app client whose settings count.
    pub(crate) client_id: ClientId,
    /// How long documents are kept that do not say it themselves.
    pub(crate) cache_seconds: i64,
    /// Which URLs.
    pub(crate) patterns: Vec<String>,
}

/// The policies of a pool, the oldest first.
pub(crate) struct Policies(Vec<Policy>);

impl Policy {
    pub(crate) fn of(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            id: row.policy_id.clone(),
            client_id: row.client_id.clone(),
            cache_seconds: row.cache_seconds,
            patterns: serde_json::from_str(&row.patterns).map_err(Fault::internal)?,
        })
    }

    /// How exact the most exact of its patterns is that the URL matches.
    pub(crate) fn exactness(&self, url: &str) -> Option<usize> {
        let matching = self.patterns.iter().filter(|pattern| matches(pattern, url));
        matching.map(|pattern| exactness(pattern)).max()
    }
}

impl Policies {
    /// Those of the rows, which are in their order.
    pub(crate) fn of(rows: &[Row]) -> Result<Self, Fault> {
        rows.iter().map(Policy::of).collect::<Result<_, _>>().map(Self)
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The policy of an id.
    pub(crate) fn get(&self, id: &str) -> Option<&Policy> {
        self.0.iter().find(|policy| policy.id == id)
    }

    /// The policy that counts for a URL: of those that match the most exact one, and of equals the oldest (new-operations §16.2,
    /// ours).
    pub(crate) fn for_url(&self, url: &str) -> Option<&Policy> {
        let matching = self.0.iter().filter_map(|policy| Some((policy.exactness(url)?, policy)));
        matching.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, policy)| policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<Vec<String>>("cimd_patterns");
    }

    #[test]
    fn the_most_exact_policy_counts_and_of_equals_the_oldest() {
        let policy = |id: &str, patterns: &[&str]| Policy {
            id: id.to_owned(),
            client_id: "client".into(),
            cache_seconds: 0,
            patterns: patterns.iter().map(|pattern| (*pattern).to_owned()).collect(),
        };
        let policies = Policies(vec![
            policy("all", &["https://a.example/*"]),
            policy("exact", &["https://x.b.example/*", "https://a.example/clients/*"]),
            policy("later", &["https://a.example/clients/*"]),
        ]);
        let found = |url: &str| policies.for_url(url).map(|policy| policy.id.as_str());
        assert_eq!(found("https://a.example/c"), Some("all"));
        assert_eq!(found("https://a.example/clients/c"), Some("exact"));
        assert_eq!(found("https://c.example/c"), None);
    }
}
