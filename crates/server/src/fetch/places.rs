//! How many requests go to strangers at once.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::iter;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// At once from this node.
const IN_ALL: usize = 64;

/// At once to one host: one that hangs must not keep the others waiting.
const FOR_EACH: usize = 16;

/// How many hosts are told apart. Those that share a line are not the same at the next start.
const LINES: usize = 256;

/// The places for requests.
pub(super) struct Places {
    all: Arc<Semaphore>,
    lines: Vec<Arc<Semaphore>>,
    hasher: RandomState,
}

/// A place, which is free again when this goes.
pub(super) struct Place {
    _of_host: Option<OwnedSemaphorePermit>,
    _of_all: Option<OwnedSemaphorePermit>,
}

impl Default for Places {
    fn default() -> Self {
        let lines = iter::repeat_with(|| Arc::new(Semaphore::new(FOR_EACH))).take(LINES).collect();
        Self { all: Arc::new(Semaphore::new(IN_ALL)), lines, hasher: RandomState::new() }
    }
}

impl Places {
    /// Waits for a place. The host's own comes first, so that who waits for a slow host holds none of everybody's.
    pub(super) async fn take(&self, host: &str) -> Place {
        let line = usize::try_from(self.hasher.hash_one(host)).unwrap_or(0) % LINES;
        let of_host = match self.lines.get(line) {
            Some(line) => permit(line).await,
            None => None,
        };
        Place { _of_host: of_host, _of_all: permit(&self.all).await }
    }
}

/// Nobody closes these semaphores: there always is one.
async fn permit(of: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    Arc::clone(of).acquire_owned().await.ok()
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// A place, if there is one at once.
    fn take(places: &Places, host: &str) -> Option<Place> {
        match pin!(places.take(host)).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(place) => Some(place),
            Poll::Pending => None,
        }
    }

    #[test]
    fn a_host_that_hangs_leaves_places_for_others() {
        let places = Places::default();
        let slow: Vec<_> = (0..FOR_EACH).map(|_| take(&places, "slow.example").unwrap()).collect();
        assert!(take(&places, "slow.example").is_none());
        // Of many others hardly one is in the same line.
        let others = (0..IN_ALL - FOR_EACH).filter_map(|n| take(&places, &format!("{n}.example")));
        let others: Vec<_> = others.collect();
        assert!(others.len() > 30, "{}", others.len());
        drop(slow);
        assert!(take(&places, "slow.example").is_some());
    }
}
