//! Clients that go on calling, whatever happens: some read, some sign in, some write.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

use poolhouse_testkit::sign::Keys;
use poolhouse_testkit::{Connection, TestServer};
use serde_json::{Value, json};

use crate::Result;

/// Clients of each kind.
const CLIENTS: usize = 2;
/// Between two calls of a client: the machine is to be as busy as one with room.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a client waits for an answer, or a connection.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the default policy accepts.
const PASSWORD: &str = "Correct-Horse-7";

/// What a client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Read,
    SignIn,
    Write,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Read, Self::SignIn, Self::Write];
}

/// A write that was acknowledged, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Write {
    User(u32),
    /// The user is in the group.
    Member(u32),
}

/// The user with this number.
pub(crate) fn user(number: u32) -> String {
    format!("user-{number}")
}

/// The group of the users that are written.
pub(crate) const GROUP: &str = "written";

/// A call that has ended.
struct Attempt {
    kind: Kind,
    client: usize,
    ended: Instant,
    /// Why it failed, if it did.
    failure: Option<Failure>,
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// There was no connection, or it broke.
    Cut(io::ErrorKind),
    /// The answer was an error, or what it should have said was not in it.
    Refused(String),
}

impl From<Failure> for String {
    fn from(failure: Failure) -> Self {
        failure.to_string()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut(kind) => kind.fmt(f),
            Self::Refused(answer) => f.write_str(answer),
        }
    }
}

/// Everything that clients do.
pub(crate) struct Load {
    /// Where clients find the nodes.
    pub(crate) entrance: SocketAddr,
    pub(crate) pool: String,
    client: String,
    stopped: AtomicBool,
    next: AtomicU32,
    attempts: Mutex<Vec<Attempt>>,
    acknowledged: Mutex<BTreeSet<Write>>,
}

impl Load {
    /// Makes a pool, with a user for each that reads or signs in.
    pub(crate) fn prepare(entrance: SocketAddr) -> Result<Self> {
        let mut caller = Caller::at(entrance);
        let made = caller.admin("CreateUserPool", &json!({ "PoolName": "ha" }))?;
        let pool = text(&made["UserPool"]["Id"]);
        let flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
        let client = json!({ "UserPoolId": pool, "ClientName": "ha", "ExplicitAuthFlows": flows });
        let client = text(&caller.admin("CreateUserPoolClient", &client)?["UserPoolClient"]["ClientId"]);
        caller.admin("CreateGroup", &json!({ "UserPoolId": pool, "GroupName": GROUP }))?;
        for number in 0..CLIENTS {
            let name = resident(number);
            let user = json!({ "UserPoolId": pool, "Username": name, "MessageAction": "SUPPRESS" });
            caller.admin("AdminCreateUser", &user)?;
            let password =
                json!({ "UserPoolId": pool, "Username": name, "Password": PASSWORD, "Permanent": true });
            caller.admin("AdminSetUserPassword", &password)?;
        }
        let (attempts, acknowledged) = Default::default();
        Ok(Self {
            entrance,
            pool,
            client,
            stopped: AtomicBool::new(false),
            next: AtomicU32::new(0),
            attempts,
            acknowledged,
        })
    }

    /// Has all clients call until they are stopped.
    pub(crate) fn start<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) {
        for kind in Kind::ALL {
            for client in 0..CLIENTS {
                scope.spawn(move || self.go_on(kind, client));
            }
        }
    }

    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// What was acknowledged so far.
    pub(crate) fn acknowledged(&self) -> BTreeSet<Write> {
        lock(&self.acknowledged).clone()
    }

    /// The longest that a client of this kind has been without a success since `begin`.
    pub(crate) fn gap(&self, kind: Kind, begin: Instant) -> Duration {
        let attempts = lock(&self.attempts);
        let of_client = |client| {
            let is_success = |attempt: &&Attempt| {
                attempt.kind == kind && attempt.client == client && attempt.failure.is_none()
            };
            let successes = attempts.iter().filter(is_success).map(|attempt| attempt.ended);
            longest_wait(begin, successes, Instant::now())
        };
        (0..CLIENTS).map(of_client).max().unwrap_or_default()
    }

    /// How often clients have done what they do since `begin`.
    pub(crate) fn attempts(&self, begin: Instant) -> usize {
        lock(&self.attempts).iter().filter(|attempt| attempt.ended > begin).count()
    }

    /// Why calls failed since `begin`.
    pub(crate) fn failures(&self, begin: Instant) -> Vec<Failure> {
        let attempts = lock(&self.attempts);
        attempts
            .iter()
            .filter(|attempt| attempt.ended > begin)
            .filter_map(|attempt| attempt.failure.clone())
            .collect()
    }

    fn go_on(&self, kind: Kind, client: usize) {
        let mut caller = Caller::at(self.entrance);
        while !self.stopped.load(Ordering::Relaxed) {
            let outcome = match kind {
                Kind::Read => self.read(&mut caller, client),
                Kind::SignIn => self.sign_in(&mut caller, client),
                Kind::Write => self.write(&mut caller),
            };
            let attempt = Attempt { kind, client, ended: Instant::now(), failure: outcome.err() };
            lock(&self.attempts).push(attempt);
            thread::sleep(PAUSE);
        }
    }

    fn read(&self, caller: &mut Caller, client: usize) -> Result<(), Failure> {
        caller
            .admin("AdminGetUser", &json!({ "UserPoolId": self.pool, "Username": resident(client) }))
            .map(drop)
    }

    /// Signs in, and refreshes on a connection of its own, at another node perhaps.
    fn sign_in(&self, caller: &mut Caller, client: usize) -> Result<(), Failure> {
        let parameters = json!({ "USERNAME": resident(client), "PASSWORD": PASSWORD });
        let input = json!({ "ClientId": self.client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
        let answer = caller.call(None, "InitiateAuth", &input)?;
        let parameters = json!({ "REFRESH_TOKEN": answer["AuthenticationResult"]["RefreshToken"] });
        let input = json!({ "ClientId": self.client, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": parameters });
        let answer = Caller::at(self.entrance).call(None, "InitiateAuth", &input)?;
        match &answer["AuthenticationResult"]["AccessToken"] {
            Value::String(_) => Ok(()),
            _ => Err(Failure::Refused("a refresh without a token".to_owned())),
        }
    }

    /// Makes a user and puts it in the group. What fails may have happened all the same, and is not tried again.
    fn write(&self, caller: &mut Caller) -> Result<(), Failure> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let name = user(number);
        let made = json!({ "UserPoolId": self.pool, "Username": name, "MessageAction": "SUPPRESS" });
        caller.admin("AdminCreateUser", &made)?;
        lock(&self.acknowledged).insert(Write::User(number));
        let member = json!({ "UserPoolId": self.pool, "Username": name, "GroupName": GROUP });
        caller.admin("AdminAddUserToGroup", &member)?;
        lock(&self.acknowledged).insert(Write::Member(number));
        Ok(())
    }
}

/// The user whom the client with this number reads, or signs in.
fn resident(number: usize) -> String {
    format!("resident-{number}")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A client's connection to the entrance, made anew after each failure.
pub(crate) struct Caller {
    entrance: SocketAddr,
    connection: Option<Connection>,
}

impl Caller {
    pub(crate) fn at(entrance: SocketAddr) -> Self {
        Self { entrance, connection: None }
    }

    /// Calls an operation as the administrator.
    pub(crate) fn admin(&mut self, operation: &str, input: &Value) -> Result<Value, Failure> {
        self.call(Some(TestServer::ROOT), operation, input)
    }

    fn call(&mut self, keys: Option<Keys<'_>>, operation: &str, input: &Value) -> Result<Value, Failure> {
        let answer = self.try_call(keys, operation, input);
        match answer {
            Ok((200, answer)) => Ok(answer),
            Ok((status, answer)) => {
                self.connection = None;
                let kind = answer["__type"].as_str().unwrap_or("without a type");
                Err(Failure::Refused(format!("{status} {kind}")))
            }
            Err(error) => {
                self.connection = None;
                Err(Failure::Cut(error.kind()))
            }
        }
    }

    fn try_call(
        &mut self,
        keys: Option<Keys<'_>>,
        operation: &str,
        input: &Value,
    ) -> io::Result<(u16, Value)> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(Connection::open(self.entrance, PATIENCE)?),
        };
        let answer = connection.call(keys, operation, input)?;
        // What HAProxy says of itself is no JSON.
        Ok((answer.status, serde_json::from_str(&answer.body).unwrap_or_default()))
    }
}

/// Nothing panics while it holds one of these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The longest time without a success between `begin` and `end`; successes are in their order.
fn longest_wait(begin: Instant, successes: impl Iterator<Item = Instant>, end: Instant) -> Duration {
    let (mut last, mut longest) = (begin, Duration::ZERO);
    for moment in successes.filter(|success| *success > begin).chain([end]) {
        longest = longest.max(moment - last);
        last = moment;
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_counts_from_the_fault_and_until_now() {
        let zero = Instant::now();
        let at = |second| zero + Duration::from_secs(second);
        let gap = |successes: &[u64]| {
            longest_wait(at(10), successes.iter().map(|second| at(*second)), at(50)).as_secs()
        };
        assert_eq!(gap(&[1, 9, 11, 20, 22, 30, 40, 49]), 10);
        assert_eq!(gap(&[1, 25, 30, 35, 40, 45]), 15);
        assert_eq!(gap(&[1, 9, 11, 12]), 38);
        assert_eq!(gap(&[]), 40);
    }
}
