//! A lock where nothing can be locked. Whoever wants it writes a file, then looks whether there is another: of two at least
//! one sees the other. A store shows each at once what was written (S3 does so, and what speaks as it does), and its clock
//! says how old a file is. What is older than an hour is of a process that was killed.

use std::fmt;
use std::pin::Pin;

use poolhouse_backup::{Answer, BackupError, BucketFault, Hold, Lock, Place as _, Wrong};
use poolhouse_crypto::digest::hex;
use poolhouse_ports::Timestamp;

use super::answers::Listed;
use super::bucket::Bucket;

const LOCKS: &str = "locks";

/// How often a holder says that it lives, and after which time of silence it does not.
const RENEWED: i64 = 5 * 60 * 1000;
const DEAD: i64 = 60 * 60 * 1000;

/// A lock that is held.
pub(super) struct Held<'a> {
    bucket: &'a Bucket,
    name: String,
    /// When it was written last, by this machine's clock and by the store's.
    here: Timestamp,
    there: Timestamp,
}

impl fmt::Debug for Held<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<'a> Held<'a> {
    pub(super) async fn take(bucket: &'a Bucket, lock: Lock) -> Result<Self, BackupError> {
        let name = hex(&bucket.entropy().bytes::<16>());
        let here = bucket.store().clock().outside();
        let mut held = Self { bucket, name, here, there: here };
        let (own, others) = match held.written().await {
            Ok(found) => found,
            Err(error) => {
                // The file may be there, and would keep everybody away.
                held.remove(&held.name).await;
                return Err(error);
            }
        };
        held.there = own;
        for other in others {
            if own.millis_since(other.modified) < DEAD {
                held.remove(&held.name).await;
                return Err(BackupError::Wrong(bucket.locate(""), Wrong::InUse));
            }
            if lock == Lock::Needed {
                // From here on its holder, if it lives after all, finds that it has lost it.
                held.remove(&other.key).await;
            }
        }
        Ok(held)
    }

    /// Writes the file; returns when that was, by the store's clock, and the files of others.
    async fn written(&self) -> Result<(Timestamp, Vec<Listed>), BackupError> {
        let file = format!("{LOCKS}/{}", self.name);
        self.bucket.write_whole(&file, b"").await?;
        let failed = |fault| self.bucket.failed(&file, fault);
        let mut all = self.bucket.listed(LOCKS).await.map_err(failed)?;
        let own = all.iter().position(|one| one.key == self.name);
        let own = own.ok_or_else(|| failed(BucketFault::Unreadable("the list of locks")))?;
        let own = all.swap_remove(own);
        Ok((own.modified, all))
    }

    async fn remove(&self, name: &str) {
        if let Err(fault) = self.bucket.remove_if_there(&format!("{LOCKS}/{name}")).await {
            tracing::info!(%fault, "a lock stays for an hour");
        }
    }

    async fn written_again(&mut self, surely: bool) -> Result<(), BackupError> {
        let now = self.bucket.store().clock().outside();
        if !surely && now.millis_since(self.here) < RENEWED {
            return Ok(());
        }
        // Who came meanwhile saw that it is held, unless it was silent for too long.
        let (own, _) = self.written().await?;
        if own.millis_since(self.there) >= DEAD {
            return Err(self.bucket.failed("", BucketFault::LockLost));
        }
        (self.here, self.there) = (now, own);
        Ok(())
    }
}

impl Hold for Held<'_> {
    fn renew(&mut self, surely: bool) -> Answer<'_, ()> {
        Box::pin(self.written_again(surely))
    }

    fn release<'a>(self: Box<Self>) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>
    where
        Self: 'a,
    {
        Box::pin(async move { self.remove(&self.name).await })
    }
}
