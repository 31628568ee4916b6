//! A lock that is lost while a backup is finished.

use std::pin::Pin;

use poolhouse_backup::{Answer, BackupError, BucketFault, Folder, Hold, Lock, Order, Place, make};
use poolhouse_ports::Entropy;
use poolhouse_testkit::{Database, TestServer};

use super::{Backups, master};

/// A folder whose lock is lost while the last file is written, and which is out of reach then.
#[derive(Debug)]
struct Lost(Folder);

impl Place for Lost {
    fn locate(&self, file: &str) -> String {
        self.0.locate(file)
    }

    fn hold(&self, lock: Lock) -> Answer<'_, Box<dyn Hold + '_>> {
        Box::pin(async move {
            self.0.hold(lock).await?;
            Ok(Box::new(LostHold { renewed: 0 }) as Box<dyn Hold + '_>)
        })
    }

    fn list<'a>(&'a self, folder: &'static str) -> Answer<'a, Vec<String>> {
        self.0.list(folder)
    }

    fn read<'a>(&'a self, file: &'a str, most: u64) -> Answer<'a, Vec<u8>> {
        self.0.read(file, most)
    }

    fn has<'a>(&'a self, file: &'a str, bytes: u64, sha256: &'a str) -> Answer<'a, bool> {
        self.0.has(file, bytes, sha256)
    }

    fn write<'a>(&'a self, file: &'a str, bytes: &'a [u8]) -> Answer<'a, ()> {
        self.0.write(file, bytes)
    }

    fn remove<'a>(&'a self, file: &'a str) -> Answer<'a, ()> {
        Box::pin(async { Err(BackupError::File(self.locate(file), "out of reach".to_owned())) })
    }
}

#[derive(Debug)]
struct LostHold {
    renewed: u32,
}

impl Hold for LostHold {
    fn renew(&mut self, surely: bool) -> Answer<'_, ()> {
        self.renewed += u32::from(surely);
        let is_lost = self.renewed > 1;
        Box::pin(async move {
            let lost = || BackupError::Bucket("the lock".to_owned(), BucketFault::LockLost);
            if is_lost { Err(lost()) } else { Ok(()) }
        })
    }

    fn release<'a>(self: Box<Self>) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>
    where
        Self: 'a,
    {
        Box::pin(async {})
    }
}

#[tokio::test]
async fn a_backup_whose_lock_was_lost_is_named_where_it_stays() {
    let server = TestServer::start(Database::Sqlite).await;
    let backups = Backups::new();
    let (store, entropy, master) = (server.engine().store(), Entropy::system(), master());
    let order =
        Order { store, master: &master, recipients: &[], pools: None, entropy: &entropy, now: server.now() };
    let place = poolhouse_backup::Backups::at(Lost(Folder::at(&backups.path)));
    let refused = make(&order, &place, |_| {}).await.unwrap_err().to_string();
    let names = place.names().await.unwrap();
    assert!(refused.contains("took its lock") && refused.contains(&names[0]), "{refused}");
}
