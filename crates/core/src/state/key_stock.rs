//! RSA keys made ahead: making one takes some 60 ms, and a new pool needs three.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::{fmt, mem};

use poolhouse_crypto::jwt::SigningKey;
use poolhouse_kernel::Fault;
use poolhouse_kernel::crypto_pool::CryptoPool;

/// Where new signing keys come from. Clones share the stock.
#[derive(Clone)]
pub struct KeyStock(Arc<Source>);

enum Source {
    /// Keys that a thread of its own makes ahead, a bounded number of them.
    Ahead(Maker),
    /// The same keys over and over, in PKCS#8: for tests.
    Fixed(Mutex<std::iter::Cycle<std::vec::IntoIter<Vec<u8>>>>),
}

/// The thread that makes keys, and the way they come from it.
struct Maker {
    keys: Mutex<Receiver<SigningKey>>,
    made: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl KeyStock {
    /// A stock of up to `size` keys, filled from now on by a thread that ends with the stock.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn ahead(size: usize) -> std::io::Result<Self> {
        let (sender, receiver) = sync_channel(size);
        let made = Arc::<AtomicUsize>::default();
        let thread = thread::Builder::new().name("key-stock".to_owned()).spawn({
            let made = Arc::clone(&made);
            move || fill(&sender, &made)
        })?;
        Ok(Self(Arc::new(Source::Ahead(Maker { keys: Mutex::new(receiver), made, thread: Some(thread) }))))
    }

    /// A stock that hands out `keys` (PKCS#8) in turn, for ever. For tests, where secrecy is no matter.
    pub fn fixed(keys: Vec<Vec<u8>>) -> Self {
        Self(Arc::new(Source::Fixed(Mutex::new(keys.into_iter().cycle()))))
    }

    /// No stock: a key is made when it is needed, as suits a command.
    pub fn none() -> Self {
        Self::fixed(Vec::new())
    }

    /// A key from the stock, or one made now when the stock is empty.
    pub(crate) async fn take(&self, crypto: &CryptoPool) -> Result<SigningKey, Fault> {
        match self.at_hand() {
            Some(key) => key,
            None => crypto.run(SigningKey::generate).await?.map_err(Fault::internal),
        }
    }

    /// How many keys are made ahead; `None` of a stock that makes none.
    pub fn made_ahead(&self) -> Option<usize> {
        match &*self.0 {
            Source::Ahead(maker) => Some(maker.made.load(Ordering::Relaxed)),
            Source::Fixed(_) => None,
        }
    }

    fn at_hand(&self) -> Option<Result<SigningKey, Fault>> {
        match &*self.0 {
            Source::Ahead(maker) => {
                let key = maker.keys.lock().unwrap_or_else(PoisonError::into_inner).try_recv().ok()?;
                maker.made.fetch_sub(1, Ordering::Relaxed);
                Some(Ok(key))
            }
            Source::Fixed(keys) => {
                let key = keys.lock().unwrap_or_else(PoisonError::into_inner).next()?;
                Some(SigningKey::from_pkcs8(&key).map_err(Fault::internal))
            }
        }
    }
}

impl Drop for Maker {
    /// Waits for the key in the making: a process that ends under it would be aborted by the cryptography's own end.
    fn drop(&mut self) {
        let (_, nothing) = sync_channel(0);
        drop(mem::replace(&mut self.keys, Mutex::new(nothing)));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Makes keys until nobody takes them any more.
fn fill(stock: &SyncSender<SigningKey>, made: &AtomicUsize) {
    while let Ok(key) = SigningKey::generate() {
        made.fetch_add(1, Ordering::Relaxed);
        if stock.send(key).is_err() {
            return;
        }
    }
    tracing::error!("RSA keys cannot be made ahead; they are made when a pool needs them");
}

impl fmt::Debug for KeyStock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyStock")
    }
}
