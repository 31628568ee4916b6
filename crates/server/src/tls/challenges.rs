//! Handshakes by which an authority looks whether a name leads here (tls-alpn-01, RFC 8737).
//!
//! Whoever asks for one is known by the protocol that they want, and gets it for a name that is to be proven just then. That is
//! looked up in memory, and costs a stranger's handshake nothing but its first message.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::server::ClientHello;

/// The protocol of such a handshake, which the authority names alone.
pub(crate) const PROTOCOL: &[u8] = b"acme-tls/1";

/// What is shown for each name that is to be proven.
pub(crate) type Pending = BTreeMap<String, Arc<ServerConfig>>;

/// The names that are to be proven.
#[derive(Default)]
pub(super) struct Challenges(RwLock<Pending>);

impl Challenges {
    /// Has these answered from now on, and no others.
    #[cfg(feature = "acme")]
    pub(super) fn set(&self, pending: Pending) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = pending;
    }

    /// How to answer a handshake; `None` where it is one of everybody's.
    ///
    /// # Errors
    /// When the name is not to be proven.
    pub(super) fn asked(&self, hello: &ClientHello<'_>) -> io::Result<Option<Arc<ServerConfig>>> {
        let mut protocols = hello.alpn().into_iter().flatten();
        if protocols.next() != Some(PROTOCOL) || protocols.next().is_some() {
            return Ok(None);
        }
        let name = hello.server_name().unwrap_or_default().to_ascii_lowercase();
        let pending = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let config = pending.get(&name).cloned();
        config.map(Some).ok_or_else(|| io::Error::other("no authority looks for that name now"))
    }
}

impl fmt::Debug for Challenges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pending = self.0.read().unwrap_or_else(PoisonError::into_inner);
        f.debug_set().entries(pending.keys()).finish()
    }
}
