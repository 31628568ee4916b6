//! Where the time comes from.

use std::fmt;
use std::time::SystemTime;

use aws_smithy_async::time::{SharedTimeSource, TimeSource};

/// A function that tells the time, as the SDK takes it.
pub(crate) fn source(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> SharedTimeSource {
    SharedTimeSource::new(Function(now))
}

struct Function<F>(F);

impl<F> fmt::Debug for Function<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Function")
    }
}

impl<F: Fn() -> SystemTime + Send + Sync> TimeSource for Function<F> {
    fn now(&self) -> SystemTime {
        (self.0)()
    }
}
