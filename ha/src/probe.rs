//! Looks at servers from outside.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use poolhouse_testkit::Connection;

use crate::Result;

/// How long a look may take.
const GLANCE: Duration = Duration::from_secs(2);
/// How long it is between two.
const PAUSE: Duration = Duration::from_millis(200);
/// How long a loaded machine may need for anything.
const LIMIT: Duration = Duration::from_secs(120);

/// Whether the server says yes (200) at this path.
pub(crate) fn says_yes(address: SocketAddr, path: &str) -> bool {
    let answer = Connection::open(address, GLANCE).and_then(|mut connection| connection.get(path));
    answer.is_ok_and(|answer| answer.status == 200)
}

/// Waits until something is so.
///
/// # Errors
/// When it takes too long.
pub(crate) fn wait_until<T>(what: &str, look: impl Fn() -> Option<T>) -> Result<T> {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return Ok(found);
        }
        if begin.elapsed() > LIMIT {
            return Err(format!("{what}: it is not so after {} seconds", LIMIT.as_secs()));
        }
        thread::sleep(PAUSE);
    }
}
