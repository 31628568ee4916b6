//! Pages of lists: Marker, MaxItems and IsTruncated (identity-pools-and-iam §10.4, documented).

use poolhouse_kernel::paging::{Page, Pager};
use poolhouse_kernel::sealing::DataKeys;
use poolhouse_kernel::{Cx, Fault};
use poolhouse_wire::ErrorCode;
use serde::Serialize;
use serde::de::DeserializeOwned;

const DEFAULT: u32 = 100;

/// Which page of a list is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// Where it goes on.
    pub marker: Option<&'a str>,
    /// How many at most.
    pub max_items: Option<i32>,
}

/// Makes the page of a list.
pub(crate) struct List<'a> {
    pager: Pager<'a>,
    marker: Option<&'a str>,
}

impl<'a> List<'a> {
    /// The page of the list that `name` names with what it is about. Markers hold no more than a hash of that, as they must
    /// be short.
    pub(crate) fn new<S>(cx: &Cx<S>, keys: &'a DataKeys, name: &str, asked: Asked<'a>) -> Self {
        let hash: String = keys.hash("list", name)[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        let limit = asked.max_items.and_then(|n| u32::try_from(n).ok()).unwrap_or(DEFAULT);
        let pager =
            Pager::of_size(cx, keys, hash, limit).refusing(ErrorCode::ValidationException, "Invalid Marker.");
        Self { pager, marker: asked.marker }
    }

    /// The key after which the page begins.
    pub(crate) fn after<K: DeserializeOwned + Default>(&self) -> Result<K, Fault> {
        self.pager.after(self.marker)
    }

    /// How many rows to read.
    pub(crate) fn rows(&self) -> u32 {
        self.pager.rows()
    }

    /// The page of the rows that were read.
    pub(crate) fn page<T, K: Serialize>(
        &self,
        rows: Vec<T>,
        key: impl Fn(&T) -> K,
    ) -> Result<Page<T>, Fault> {
        self.pager.page(rows, key)
    }
}
