//! Pages as IAM's answers tell them.

use poolhouse_iam::Asked;
use poolhouse_kernel::paging::Page;

/// Which page a request asks for.
pub(super) fn asked(marker: Option<&String>, max_items: Option<i32>) -> Asked<'_> {
    Asked { marker: marker.map(String::as_str), max_items }
}

/// The elements of a page, whether more follow, and where they begin.
pub(super) fn told<T>(page: Page<T>) -> (Option<Vec<T>>, Option<bool>, Option<String>) {
    (Some(page.items), Some(page.next_token.is_some()), page.next_token)
}
