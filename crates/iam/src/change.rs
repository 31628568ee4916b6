//! Changes of the account.

use poolhouse_kernel::{Cx, Fault};
use poolhouse_store::Tx;

/// What changes of the account take turns at: they are few, and many of them look at more than one thing.
#[derive(Hash)]
struct Account;

/// Begins a change of the account.
///
/// # Errors
/// As [`Cx::take_turn`].
pub(crate) async fn begin<S>(cx: &Cx<S>) -> Result<Tx, Fault> {
    cx.take_turn(Account).await?;
    cx.write().await
}
