//! A balancer that hands connections round, and knows nothing of what is said on them.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::Result;

/// Where clients find the nodes.
pub(super) struct RoundRobin {
    address: SocketAddr,
    nodes: Arc<Mutex<Vec<SocketAddr>>>,
}

impl RoundRobin {
    /// Listens, with no node yet.
    pub(super) fn start() -> Result<Self> {
        let told = |e: io::Error| format!("the balancer cannot listen: {e}");
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(told)?;
        let address = listener.local_addr().map_err(told)?;
        let nodes = Arc::<Mutex<Vec<SocketAddr>>>::default();
        let shared = Arc::clone(&nodes);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || hand_on(&client, &shared));
            }
        });
        Ok(Self { address, nodes })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Gives it connections from now on.
    pub(super) fn add(&self, node: SocketAddr) {
        lock(&self.nodes).push(node);
    }

    /// Gives it no more. Those that it has go on.
    pub(super) fn remove(&self, node: SocketAddr) {
        lock(&self.nodes).retain(|known| *known != node);
    }
}

/// Takes the next node for this connection, until both sides have said all.
fn hand_on(client: &TcpStream, nodes: &Mutex<Vec<SocketAddr>>) {
    let next = {
        let mut nodes = lock(nodes);
        let turns = nodes.len().min(1);
        nodes.rotate_left(turns);
        nodes.first().copied()
    };
    // Nobody there: the client sees its connection end.
    let Some(Ok(node)) = next.map(TcpStream::connect) else { return };
    thread::scope(|scope| {
        scope.spawn(|| copy(client, &node));
        copy(&node, client);
    });
}

/// Passes on what one side says. A side that is gone has nothing more to say.
fn copy(mut from: &TcpStream, mut to: &TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
    let _ = from.shutdown(Shutdown::Read);
}

/// Nothing panics while it holds this lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    /// Says its name to whoever connects.
    fn node(name: &'static str) -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for mut client in listener.incoming().flatten() {
                client.write_all(name.as_bytes()).unwrap();
            }
        });
        address
    }

    #[test]
    fn connections_go_round_and_to_nobody_who_is_removed() {
        let balancer = RoundRobin::start().unwrap();
        let ask = || {
            let mut said = String::new();
            TcpStream::connect(balancer.address()).unwrap().read_to_string(&mut said).unwrap();
            said
        };
        assert_eq!(ask(), "");
        let (a, b) = (node("a"), node("b"));
        balancer.add(a);
        balancer.add(b);
        let mut said = [ask(), ask()];
        said.sort();
        assert_eq!(said, ["a", "b"]);
        balancer.remove(a);
        assert_eq!([ask(), ask()], ["b", "b"]);
    }
}
