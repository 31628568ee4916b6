//! What is told of a request when it has ended.

use std::collections::BTreeMap;
use std::fmt;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use poolhouse_ports::{LogRecord, Logs};

/// Records by their names, in the order of these. They are told when this is dropped.
pub(super) struct Told {
    logs: Logs,
    records: Mutex<BTreeMap<String, LogRecord>>,
}

impl Told {
    pub(super) fn new(logs: &Logs) -> Self {
        Self { logs: logs.clone(), records: Mutex::default() }
    }

    pub(super) fn put(&self, name: &str, record: LogRecord) {
        self.records().insert(name.to_owned(), record);
    }

    fn records(&self) -> MutexGuard<'_, BTreeMap<String, LogRecord>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        let records = mem::take(&mut *self.records());
        for record in records.into_values() {
            self.logs.write(record);
        }
    }
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Told")
    }
}
