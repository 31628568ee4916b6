//! Requests that want to change the same thing at once (docs/decisions/0021-contention.md).
//!
//! Three layers, from the cheapest on:
//!
//! 1. Transactions are written so that different things do not meet: they insert without reading what others
//!    insert, and count for a quota only near it.
//! 2. Requests of one node about the same thing take [turns](Cx::take_turn).
//! 3. What still meets, mostly that of another node, is [repeated](Cx::repeat) until [`BUDGET`] is spent.
//!
//! Only the database makes it right; turns make it cheap.

use std::hash::Hash;
use std::time::Duration;

use poolhouse_wire::ErrorCode;
use tokio::time::{Instant, sleep, timeout};

use crate::{Cx, Fault};

/// For how long a piece of work is repeated when the database asks for it, from the first time on.
const BUDGET: Duration = Duration::from_secs(5);

/// For how long a request waits for its turn. Each turn is short, so that this is a very long line, or one behind a
/// trigger that does not answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// For how long to pause before the repeat after `made` tries: longer with each, and never the same for two.
fn pause(made: u32, jitter: u8) -> Duration {
    Duration::from_micros(u64::from(jitter) * (16 << made.min(4)) + 500)
}

impl<S> Cx<S> {
    /// Waits for the turn at `thing`, and holds it until the request ends. True when others had it before: what was
    /// read of the thing until then may be old.
    ///
    /// A request has one turn. To ask again, as a repeat does, changes nothing. Who waits here must hold nothing that
    /// others need: no transaction, and no turn at guesses, which come after this.
    ///
    /// # Errors
    /// `TooManyRequestsException` when the turn does not come.
    pub async fn take_turn(&self, thing: impl Hash) -> Result<bool, Fault> {
        if self.contended().turn().is_some() {
            return Ok(false);
        }
        match timeout(PATIENCE, self.engine().changes().take(thing)).await {
            Ok(turn) => {
                let waited = turn.waited();
                *self.contended().turn() = Some(turn);
                Ok(waited)
            }
            Err(_) => Err(self.give_up("its turn did not come")),
        }
    }

    /// Ends the turn before the request ends: where it goes on with something slow that changes nothing.
    pub fn end_turn(&self) {
        self.contended().turn().take();
    }

    /// Runs `work` until the database no longer asks for a repeat of it. `work` has no effect before its commit, and
    /// commits once: what was committed, or sent, is not part of what is repeated.
    ///
    /// # Errors
    /// `work`'s; `TooManyRequestsException` when others were quicker until the budget was spent.
    pub async fn repeat<T, F>(&self, work: impl Fn() -> F) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, Fault>>,
    {
        self.repeat_within(BUDGET, work).await
    }

    /// The budget is that of this piece of work: what came before it, a function of the pool perhaps, takes nothing of it.
    async fn repeat_within<T, F>(&self, budget: Duration, work: impl Fn() -> F) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, Fault>>,
    {
        let (mut made, mut since) = (0, None);
        loop {
            match work().await {
                Err(fault) if fault.is_retry() => {}
                done => return done,
            }
            made += 1;
            self.contended().begin_repeating();
            if since.get_or_insert_with(Instant::now).elapsed() >= budget {
                return Err(self.give_up("others were quicker each time"));
            }
            self.engine().contention().count(self.operation, |figures| figures.repeats += 1);
            tracing::debug!(made, "the database asked for a repeat");
            let [jitter] = self.entropy().bytes::<1>();
            sleep(pause(made, jitter)).await;
        }
    }

    /// Whether the database has asked for a repeat: then what is kept in memory may be why.
    pub fn is_repeating(&self) -> bool {
        self.contended().is_repeating()
    }

    fn give_up(&self, why: &str) -> Fault {
        self.engine().contention().count(self.operation, |figures| figures.refused += 1);
        tracing::warn!(why, "gave up: too many change the same thing at once");
        let text = "Too many requests change the same thing at once. Try again.";
        Fault::new(ErrorCode::TooManyRequestsException, text)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use poolhouse_ports::{Clock, Courier, Entropy, Fetch, Logs, Triggers};
    use poolhouse_store::{Options, Store, StoreError};
    use poolhouse_wire::user_pools;
    use uuid::Uuid;

    use super::*;
    use crate::limits::Limits;
    use crate::request::{Door, Origin};
    use crate::sealing::MasterKey;
    use crate::{Engine, Parts, Settings};

    /// What requests take turns at.
    #[derive(Clone, Copy, Hash)]
    struct User(&'static str);

    /// A request for CreateGroup.
    async fn request() -> Cx<()> {
        let parts = Parts {
            store: Store::open(Options::new("sqlite::memory:")).await.unwrap(),
            clock: Clock::system(),
            entropy: Entropy::system(),
            courier: Courier::unconfigured(),
            triggers: Triggers::none(),
            fetch: Fetch::none(),
            logs: Logs::none(),
            master_key: MasterKey::new([7; 32]),
            settings: Settings {
                region: "us-east-1".to_owned(),
                account_id: "000000000000".to_owned(),
                public_url: String::new(),
                identity_issuer: String::new(),
                limits: Limits::default(),
                root: None,
            },
        };
        let engine = Engine::start(parts, ()).await.unwrap();
        let operation = user_pools::Operation::CreateGroup.into();
        Cx::new(&engine, Uuid::nil(), Door::Admin, Some(operation), Origin::default())
    }

    fn figures(cx: &Cx<()>) -> (u64, u64) {
        let figures = cx.engine().contention().figures();
        figures.get(&cx.operation).map_or((0, 0), |figures| (figures.repeats, figures.refused))
    }

    #[tokio::test]
    async fn work_is_repeated_as_long_as_the_database_asks_for_it() {
        let (cx, made) = (request().await, Cell::new(0));
        let work = async || {
            made.set(made.get() + 1);
            if made.get() < 4 { Err(Fault::from(StoreError::Retry)) } else { Ok(made.get()) }
        };
        assert!(!cx.is_repeating());
        assert_eq!(cx.repeat(work).await.unwrap(), 4);
        assert!(cx.is_repeating());
        assert_eq!(figures(&cx), (3, 0));
        let refused = cx.repeat(async || Err::<(), _>(Fault::not_found("Group not found."))).await;
        assert_eq!(refused.unwrap_err().code(), ErrorCode::ResourceNotFoundException);
        assert_eq!(figures(&cx), (3, 0));
    }

    #[tokio::test]
    async fn what_the_budget_does_not_suffice_for_is_refused_and_counted() {
        let cx = request().await;
        let retry = async || Err::<(), _>(Fault::from(StoreError::Retry));
        let outcome = cx.repeat_within(Duration::ZERO, retry).await.unwrap_err();
        assert_eq!(outcome.code(), ErrorCode::TooManyRequestsException);
        assert!(!outcome.is_retry(), "the dispatcher would go on");
        assert_eq!(figures(&cx), (0, 1));
        assert!(!cx.engine().contention().figures().contains_key(&None));
    }

    #[tokio::test]
    async fn a_request_keeps_its_one_turn_until_it_ends() {
        let cx = request().await;
        let alice = User("alice");
        assert!(!cx.take_turn(alice).await.unwrap());
        assert!(!cx.take_turn(alice).await.unwrap(), "it would wait for itself");
        let other = Cx::job(cx.engine());
        let (waited, ()) = tokio::join!(other.take_turn(alice), async { drop(cx) });
        assert!(waited.unwrap());
        other.end_turn();
        assert!(!other.take_turn(alice).await.unwrap());
    }

    #[test]
    fn pauses_grow_to_some_milliseconds() {
        let pauses = [1, 2, 4, 100].map(|made| pause(made, 255).as_micros());
        assert_eq!(pauses, [8660, 16_820, 65_780, 65_780]);
    }
}
