//! The audit: who called what, and what became of it, as records of CloudTrail's shape (docs/decisions/0062).
//!
//! Told are calls that somebody signed: those that change something, and all that are refused. Calls that only read are told
//! where the operator wants it. Where the records go is the business of a [`Trail`].

mod rates;
mod record;

use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use poolhouse_core::{Cx, users};
use poolhouse_kernel::Fault;
use poolhouse_kernel::request::{Door, Identity, Principal};
use poolhouse_ports::Sub;
use poolhouse_wire::{ErrorCode, Operation};
use serde_json::Value;

use rates::Rates;
pub use record::{Command, Place, Record};

/// How many refusals of one who is known are told at once, and then in how many milliseconds one more. Guests have a role in
/// common: they are one.
const REFUSALS: (i64, i64) = (100, 1000);

/// The same of those whose signature is refused, by their address and all together: nobody who has no key fills the disk.
const STRANGERS: (i64, i64) = (10, 10_000);
const ALL_STRANGERS: (i64, i64) = (100, 1000);

/// Takes records and keeps them.
pub trait Trail: Send + Sync {
    /// Takes a record; when it returns, the record is durable, or the trail has told that it could not keep it.
    fn put(&self, record: Record) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;

    /// Whether the last record could not be kept.
    fn is_failing(&self) -> bool;
}

/// What is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Calls that only read as well.
    pub reads: bool,
    /// Nothing is changed while records cannot be kept.
    pub required: bool,
}

/// The audit of a server. Clones share it.
#[derive(Clone)]
pub struct Audit(Option<Arc<Inner>>);

struct Inner {
    trail: Box<dyn Trail>,
    settings: Settings,
    /// By who it is for good: a user, a role, or the root.
    refusals: Rates<String>,
    strangers: Rates<Option<IpAddr>>,
    all_strangers: Rates<()>,
    /// Records that there were too many of, since the last that was told.
    suppressed: AtomicU64,
}

/// What is known of a call before it runs: it may delete its user.
pub(crate) struct Begun<'a> {
    inner: Option<&'a Inner>,
    sub: Option<Sub>,
}

impl Audit {
    /// Nothing is told.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// Tells `trail`.
    #[must_use]
    pub fn to(trail: impl Trail + 'static, settings: Settings) -> Self {
        Self(Some(Arc::new(Inner {
            trail: Box::new(trail),
            settings,
            refusals: Rates::new(REFUSALS),
            strangers: Rates::new(STRANGERS),
            all_strangers: Rates::new(ALL_STRANGERS),
            suppressed: AtomicU64::new(0),
        })))
    }

    /// Tells of what a command did.
    pub async fn tell(&self, record: Record) {
        if let Some(inner) = &self.0 {
            inner.put(record).await;
        }
    }

    /// To be called before a call whose caller is known.
    ///
    /// # Errors
    /// A refusal, where nothing may be changed because it could not be told.
    pub(crate) async fn begin(
        &self,
        cx: &Cx,
        operation: Operation,
        input: &Value,
    ) -> Result<Begun<'_>, Fault> {
        let changes = !operation.facts().reads_only();
        let inner = self.0.as_deref().filter(|_| cx.door() == Door::Admin);
        let Some(inner) = inner.filter(|inner| changes || inner.settings.reads) else {
            return Ok(Begun { inner, sub: None });
        };
        if changes && inner.settings.required && inner.trail.is_failing() {
            let refusal = unavailable();
            // The record of the refusal finds out whether there is room again.
            inner.put(Record::of(cx, operation, input, Err(&refusal), None)).await;
            if inner.trail.is_failing() {
                return Err(refusal);
            }
        }
        Ok(Begun { inner: Some(inner), sub: user_of(cx, operation, input).await })
    }

    /// Tells of a call that came with a signature and was refused before its caller was known, or even what it is, as far as it
    /// is not one of too many.
    pub(crate) async fn stranger(
        &self,
        cx: &Cx,
        operation: Option<Operation>,
        access_key_id: Option<&str>,
        fault: &Fault,
    ) {
        let Some(inner) = self.0.as_deref() else { return };
        if !inner.strangers.takes(cx.origin.address, cx.now) || !inner.all_strangers.takes((), cx.now) {
            inner.suppressed.fetch_add(1, Ordering::Relaxed);
            return;
        }
        // What nobody knows may be anything: a secret that was taken for an id.
        let known = fault.code() != ErrorCode::UnrecognizedClientException;
        let access_key_id = access_key_id.filter(|_| known);
        inner.put(Record::of_stranger(cx, operation, access_key_id, fault)).await;
    }
}

impl Inner {
    async fn put(&self, record: Record) {
        let suppressed = self.suppressed.swap(0, Ordering::Relaxed);
        self.trail.put(record.after_suppressed(suppressed)).await;
    }

    /// Whether one more refusal of a caller is told.
    fn takes_refusal(&self, cx: &Cx) -> bool {
        let whom = cx.principal().map(|principal| match &principal.identity {
            Identity::Root => String::new(),
            Identity::User { id, .. } | Identity::Role { id, .. } => id.clone(),
        });
        let takes = self.refusals.takes(whom.unwrap_or_default(), cx.now);
        if !takes {
            self.suppressed.fetch_add(1, Ordering::Relaxed);
        }
        takes
    }
}

impl Begun<'_> {
    /// Tells of the call, now that it has ended. `input` is what was asked, as far as it could be read.
    pub(crate) async fn end(
        self,
        cx: &Cx,
        operation: Operation,
        input: &Value,
        answer: Result<&[u8], &Fault>,
    ) {
        let Some(inner) = self.inner else { return };
        if answer.is_ok() && operation.facts().reads_only() && !inner.settings.reads {
            return;
        }
        if answer.is_err() && !inner.takes_refusal(cx) {
            return;
        }
        let sub = match self.sub {
            None if answer.is_ok() => user_of(cx, operation, input).await,
            sub => sub,
        };
        inner.put(Record::of(cx, operation, input, answer, sub.as_ref())).await;
    }
}

/// The user whom a call is about. The model hides names of users; CloudTrail names them by their `sub`, and so do we.
async fn user_of(cx: &Cx, operation: Operation, input: &Value) -> Option<Sub> {
    let Operation::UserPools(_) = operation else { return None };
    let text = |member: &str| input.get(member).and_then(Value::as_str);
    // A database that fails will be told of by the call itself.
    users::admin::sub(cx, &text("UserPoolId")?.into(), text("Username")?).await.ok().flatten()
}

fn unavailable() -> Fault {
    Fault::new(
        ErrorCode::InternalErrorException,
        "The audit log cannot be written, and this server changes nothing that it cannot tell.",
    )
}

/// Who a record says it was.
fn account(principal: &Principal, own: &str) -> String {
    principal.arn.split(':').nth(4).unwrap_or(own).to_owned()
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Audit").field(&self.0.as_ref().map(|inner| inner.settings)).finish()
    }
}
