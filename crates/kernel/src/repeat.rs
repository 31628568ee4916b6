//! Transactions that no request repeats: those of the start and of commands.

use std::time::Duration;

use poolhouse_store::StoreError;

/// How often a transaction is tried: nodes that start together come in each other's way again and again.
const TRIES: u32 = 30;

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// Runs a transaction again for as long as others come in between.
pub async fn repeated<T, F>(transaction: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let mut pause = Duration::from_millis(1);
    for _ in 1..TRIES {
        match transaction().await {
            Err(StoreError::Retry) => {}
            settled => return settled,
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    transaction().await
}
