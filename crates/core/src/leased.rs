//! Work of many steps that one node at a time has by a lease: imports of users, taking pools back to an earlier moment, and removing
//! deleted ones.

use poolhouse_kernel::Fault;

use crate::Engine;

/// What a node has taken of such work. It goes on elsewhere when the node dies.
pub trait Work: Sized + Send {
    /// What the log says when the database failed.
    const INTERRUPTED: &str;

    /// Takes the first that is due, if there is one.
    ///
    /// # Errors
    /// When the database cannot be written.
    fn take(engine: &Engine) -> impl Future<Output = Result<Option<Self>, Fault>> + Send;

    /// Does the next batch; `None` when it was the last, or another node has the work.
    ///
    /// # Errors
    /// When the step fails; then it goes on, here or elsewhere, after a while.
    fn step(self, engine: &Engine) -> impl Future<Output = Result<Option<Self>, Fault>> + Send;

    /// Gives the work to whoever takes it next, because this node stops.
    ///
    /// # Errors
    /// When the database fails; then others wait for the end of the lease.
    fn release(self, engine: &Engine) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Takes the first that is due, and does all of it.
    ///
    /// # Errors
    /// As those of its steps.
    fn finish(engine: &Engine) -> impl Future<Output = Result<(), Fault>> + Send {
        async {
            match Self::take(engine).await? {
                Some(work) => work.to_its_end(engine).await,
                None => Ok(()),
            }
        }
    }

    /// Does all of what was taken.
    ///
    /// # Errors
    /// As those of its steps.
    fn to_its_end(self, engine: &Engine) -> impl Future<Output = Result<(), Fault>> + Send {
        async {
            let mut running = Some(self);
            while let Some(work) = running {
                running = work.step(engine).await?;
            }
            Ok(())
        }
    }
}
