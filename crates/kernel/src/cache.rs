//! A cache of configuration records, so that a request does not read and parse what rarely changes.

use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use poolhouse_ports::Timestamp;
use quick_cache::sync::Cache;

use crate::Fault;

/// Records by their id.
///
/// A change made by this process shows at once; another node's change shows after `max_age_millis`.
pub struct RecordCache<K, T> {
    max_age_millis: i64,
    records: Cache<K, (Timestamp, Arc<T>)>,
    /// Moves with each change, so that a record that was read before a change cannot enter after it.
    version: Mutex<u64>,
}

impl<K: Clone + Eq + Hash, T> RecordCache<K, T> {
    /// An empty cache of `capacity` records, each of which is read again when it is older than `max_age_millis`.
    pub fn new(capacity: usize, max_age_millis: i64) -> Self {
        Self { max_age_millis, records: Cache::new(capacity), version: Mutex::new(0) }
    }

    /// The record of `id`: kept, or else loaded by `load`.
    pub async fn get<F>(
        &self,
        id: &K,
        now: Timestamp,
        load: impl FnOnce() -> F,
    ) -> Result<Option<Arc<T>>, Fault>
    where
        F: Future<Output = Result<Option<T>, Fault>>,
    {
        if let Some(record) = self.kept(id, now) {
            return Ok(Some(record));
        }
        let version = self.current();
        let Some(record) = load().await?.map(Arc::new) else { return Ok(None) };
        self.keep(id, now, &record, version);
        Ok(Some(record))
    }

    /// The record of `id`, if it is kept and not too old.
    pub fn kept(&self, id: &K, now: Timestamp) -> Option<Arc<T>> {
        let (read_at, record) = self.records.get(id)?;
        (0..=self.max_age_millis).contains(&now.millis_since(read_at)).then_some(record)
    }

    /// The record of `id`, however old it is: to be kept again, if it is found to be still what it was.
    pub fn outdated(&self, id: &K) -> Option<Arc<T>> {
        self.records.get(id).map(|(_, record)| record)
    }

    /// Which changes are known: to be asked before what is to be kept is read.
    pub fn current(&self) -> u64 {
        *self.version()
    }

    /// Keeps a record that was read at `now`, unless something was changed since it was asked for the `version`.
    pub fn keep(&self, id: &K, now: Timestamp, record: &Arc<T>, version: u64) {
        let current = self.version();
        if *current == version {
            self.records.insert(id.clone(), (now, Arc::clone(record)));
        }
    }

    /// Forgets the record of `id`; to be called after each commit that changed it.
    pub fn forget(&self, id: &K) {
        *self.version() += 1;
        self.records.remove(id);
    }

    /// Forgets all records; as [`forget`](Self::forget) after a change whose reach is not known.
    pub fn forget_all(&self) {
        *self.version() += 1;
        self.records.clear();
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    fn version(&self) -> std::sync::MutexGuard<'_, u64> {
        self.version.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    async fn load(value: u32) -> Result<Option<u32>, Fault> {
        Ok(Some(value))
    }

    #[tokio::test]
    async fn a_record_is_kept_until_it_is_too_old_or_forgotten() {
        let cache = RecordCache::new(4, 2000);
        assert_eq!(*cache.get(&"a", NOW, || load(1)).await.unwrap().unwrap(), 1);
        assert_eq!(*cache.get(&"a", Timestamp(NOW.0 + 2000), || load(2)).await.unwrap().unwrap(), 1);
        assert_eq!(*cache.get(&"a", Timestamp(NOW.0 + 2001), || load(3)).await.unwrap().unwrap(), 3);
        cache.forget(&"a");
        assert_eq!(*cache.get(&"a", NOW, || load(4)).await.unwrap().unwrap(), 4);
        cache.forget_all();
        assert_eq!(*cache.get(&"a", NOW, || load(5)).await.unwrap().unwrap(), 5);
    }

    #[tokio::test]
    async fn what_was_read_before_a_change_does_not_enter_after_it() {
        let cache = RecordCache::new(4, 2000);
        let read = cache
            .get(&"a", NOW, async || {
                cache.forget(&"a");
                Ok(Some(1))
            })
            .await;
        assert_eq!(*read.unwrap().unwrap(), 1);
        assert_eq!(*cache.get(&"a", NOW, || load(2)).await.unwrap().unwrap(), 2);
    }
}
