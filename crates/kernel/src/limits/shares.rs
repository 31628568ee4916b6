//! How much of something is in use at this moment, in all and by each source address: memory for the bodies of
//! requests, open connections.
//!
//! Beside the `limiter`, which counts what came in a time: a client that comes once and stays takes no more from a bucket
//! than one that leaves at once.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::source::network;

/// What may be in use; 0 is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// In all.
    pub all: u32,
    /// By each source.
    pub each: u32,
}

/// Which bound is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// The one for all.
    All,
    /// The one for the source.
    Each,
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::All => "in all",
            Self::Each => "for this source",
        })
    }
}

/// What is shared.
#[derive(Debug)]
pub struct Shares {
    bounds: Bounds,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: u32,
    /// Of those who hold something at this moment, so that the bound for all is one for this table as well.
    by_source: HashMap<IpAddr, u32>,
}

impl Shares {
    /// Nothing is taken yet.
    pub fn new(bounds: Bounds) -> Arc<Self> {
        Arc::new(Self { bounds, taken: Mutex::default() })
    }

    /// Takes `amount` for a source, until the share is dropped. Who has no address, or this machine's own, has no
    /// bound of their own: a proxy may stand there.
    ///
    /// # Errors
    /// [`Full`].
    pub fn take(self: &Arc<Self>, source: Option<IpAddr>, amount: u32) -> Result<Share, Full> {
        let source = source.filter(|address| !address.to_canonical().is_loopback()).map(network);
        let mut share = Share { of: Arc::clone(self), source, amount: 0 };
        share.grow_to(amount)?;
        Ok(share)
    }

    /// How much is in use.
    pub fn in_use(&self) -> u32 {
        self.lock().all
    }

    /// What another thread left when it panicked is whole: nothing in between can panic.
    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A part that is in use; given back when dropped.
#[derive(Debug)]
pub struct Share {
    of: Arc<Shares>,
    source: Option<IpAddr>,
    amount: u32,
}

impl Share {
    /// Makes it larger; does nothing when it is that large.
    ///
    /// # Errors
    /// [`Full`], and the share is as large as it was.
    pub fn grow_to(&mut self, amount: u32) -> Result<(), Full> {
        let Some(more) = amount.checked_sub(self.amount).filter(|more| *more > 0) else { return Ok(()) };
        let Bounds { all, each } = self.of.bounds;
        let mut taken = self.of.lock();
        let after = taken.all.saturating_add(more);
        if all != 0 && after > all {
            return Err(Full::All);
        }
        if let Some(source) = self.source.filter(|_| each != 0) {
            let own = taken.by_source.get(&source).copied().unwrap_or_default().saturating_add(more);
            if own > each {
                return Err(Full::Each);
            }
            taken.by_source.insert(source, own);
        }
        taken.all = after;
        self.amount = amount;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.of.lock();
        taken.all = taken.all.saturating_sub(self.amount);
        let Some(source) = self.source else { return };
        if let Some(own) = taken.by_source.get_mut(&source) {
            *own = own.saturating_sub(self.amount);
            if *own == 0 {
                taken.by_source.remove(&source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let shares = Shares::new(Bounds { all: 10, each: 0 });
        let first = shares.take(None, 6).unwrap();
        let mut second = shares.take(at("192.0.2.1"), 1).unwrap();
        assert_eq!(second.grow_to(5), Err(Full::All));
        assert_eq!((second.grow_to(4), second.grow_to(2), shares.in_use()), (Ok(()), Ok(()), 10));
        assert_eq!(shares.take(None, 1).unwrap_err(), Full::All);
        drop(first);
        assert_eq!((second.grow_to(10), shares.in_use()), (Ok(()), 10));
        drop(second);
        assert_eq!(shares.in_use(), 0);
    }

    #[test]
    fn a_source_has_its_part_and_leaves_no_trace() {
        let shares = Shares::new(Bounds { all: 10, each: 3 });
        let held = shares.take(at("192.0.2.1"), 3).unwrap();
        assert_eq!(shares.take(at("192.0.2.1"), 1).unwrap_err(), Full::Each);
        assert_eq!(shares.take(at("::ffff:192.0.2.1"), 1).unwrap_err(), Full::Each);
        // One customer of IPv6.
        let network = shares.take(at("2001:db8::1"), 3).unwrap();
        assert_eq!(shares.take(at("2001:db8::2"), 1).unwrap_err(), Full::Each);
        assert!(shares.take(at("2001:db8:0:1::1"), 1).is_ok());
        // This machine's own have what is left in all.
        assert_eq!(shares.take(at("127.0.0.1"), 5).unwrap_err(), Full::All);
        assert!(shares.take(at("::1"), 4).is_ok());
        drop((held, network));
        assert!(shares.lock().by_source.is_empty() && shares.in_use() == 0);
        assert!(shares.take(at("192.0.2.1"), 3).is_ok());
    }

    #[test]
    fn zero_is_no_limit() {
        let shares = Shares::new(Bounds::default());
        let held = shares.take(at("192.0.2.1"), u32::MAX).unwrap();
        assert!(shares.take(at("192.0.2.1"), 5).is_ok());
        drop(held);
        assert_eq!(shares.in_use(), 0);
    }
}
