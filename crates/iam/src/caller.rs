//! What a principal may do: its policies, compiled and kept, and what policies can know of it
//! (identity-pools-and-iam §10.3).

use std::fmt;
use std::sync::Arc;

use poolhouse_kernel::cache::RecordCache;
use poolhouse_kernel::request::{Identity, PooledIdentity, Principal, Session};
use poolhouse_kernel::{Cx, Fault};
use poolhouse_policy::{
    Context, Decision, Layer, Policies, Policy, Principal as Trusted, Request, TrustPolicy,
};
use poolhouse_store::Tx;
use poolhouse_store::tables::entities as entity_table;

use crate::{holdings, managed, tags};

/// Whose policies are kept: as many users and roles as are busy at a time.
const KEPT: usize = 4096;

/// How long a change of another node may go unnoticed.
const KEPT_MILLIS: i64 = 2000;

/// A boundary that is gone allows nothing.
const NOTHING: &str = r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;

/// The policies of users, roles and sessions, ready to be asked. What changes any of them has [`Memory::forget`] called
/// after its commit.
pub struct Memory {
    granted: RecordCache<String, Granted>,
    /// By a hash of their documents: those of sessions come with each request.
    documents: RecordCache<[u8; 32], Policy>,
    /// By their ARNs: the managed ones that bound sessions.
    managed: RecordCache<String, Policy>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            granted: RecordCache::new(KEPT, KEPT_MILLIS),
            // A document says the same for ever.
            documents: RecordCache::new(KEPT, i64::MAX),
            managed: RecordCache::new(KEPT, KEPT_MILLIS),
        }
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memory")
    }
}

impl Memory {
    /// Forgets all: whose policies a change concerns is not always easy to tell, and changes are few.
    pub fn forget(&self) {
        self.granted.forget_all();
        self.managed.forget_all();
    }
}

/// What a user or role has.
#[derive(Default)]
struct Granted {
    identity: Vec<Arc<Policy>>,
    /// What each identity policy is called.
    names: Vec<String>,
    boundary: Option<Arc<Policy>>,
    tags: tags::Tags,
}

/// A principal and its policies.
pub struct Caller<'a> {
    principal: &'a Principal,
    granted: Arc<Granted>,
    /// The policies of its session, where it was begun with some.
    session: Option<Vec<Arc<Policy>>>,
}

impl fmt::Debug for Caller<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").field("principal", &self.principal.arn).finish_non_exhaustive()
    }
}

impl<'a> Caller<'a> {
    /// A principal with its policies: those that are kept, where there is a memory. `None` of the account's root, whom
    /// nobody asks.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn load<S>(
        cx: &Cx<S>,
        memory: Option<&Memory>,
        principal: &'a Principal,
    ) -> Result<Option<Self>, Fault> {
        let id = match &principal.identity {
            Identity::Root => return Ok(None),
            Identity::User { id, .. } | Identity::Role { id, .. } => id,
        };
        let load = async || Ok(Some(granted(cx, &mut cx.read().await?, id).await?));
        let granted = match memory {
            Some(memory) => memory.granted.get(id, cx.outside_now(), load).await?,
            None => load().await?.map(Arc::new),
        };
        let session = match &principal.session {
            Some(session) if session.is_bounded() => Some(session_policies(cx, memory, session).await?),
            _ => None,
        };
        Ok(Some(Self { principal, granted: granted.unwrap_or_default(), session }))
    }

    /// Judges a request.
    pub fn decide(&self, request: &Request<'_>) -> Decision {
        self.policies().decide(request)
    }

    /// Judges a request for a role.
    pub(crate) fn decide_assuming(&self, trust: &TrustPolicy, request: &Request<'_>) -> Decision {
        self.policies().decide_assuming(trust, &trusted(self.principal), request)
    }

    /// Whether one of its policies asks for a condition key that begins in one of these ways, in lower case.
    pub fn asks_for(&self, prefixes: &[&str]) -> bool {
        let session = self.session.iter().flatten();
        let all = self.granted.identity.iter().chain(&self.granted.boundary).chain(session);
        let is_meant = |key: &str| prefixes.iter().any(|prefix| key.starts_with(prefix));
        all.into_iter().any(|policy| policy.context_keys().any(is_meant))
    }

    /// Notes a decision: in the log with what decided, and where it is a denial in the figures.
    pub fn note<S>(&self, cx: &Cx<S>, action: &'static str, resource: &str, decision: &Decision) {
        let principal = self.principal.arn.as_str();
        if decision.is_allowed() {
            if tracing::enabled!(tracing::Level::DEBUG) {
                let ground = self.ground(decision);
                tracing::debug!(principal, action, resource, ground, "allowed");
            }
            return;
        }
        cx.engine().denials().count(action);
        tracing::info!(principal, action, resource, ground = self.ground(decision), "denied");
    }

    /// What decided, in words.
    fn ground(&self, decision: &Decision) -> String {
        let (Decision::Allow(ground) | Decision::ExplicitDeny(ground)) = decision else {
            return "no statement allows it".to_owned();
        };
        let name = match ground.layer {
            Layer::Identity => {
                self.granted.names.get(ground.policy).map_or("identity policy", String::as_str)
            }
            Layer::Boundary => "permissions boundary",
            Layer::Session => "session policy",
            Layer::Trust => "role trust policy",
        };
        format!("{name}, statement {}", ground.statement + 1)
    }

    fn policies(&self) -> Policies<'_> {
        Policies {
            identity: &self.granted.identity,
            boundary: self.granted.boundary.as_ref(),
            session: self.session.as_deref(),
        }
    }

    /// What is known of it, by condition keys.
    pub fn describe(&self, context: &mut Context) {
        describe(self.principal, context);
        for (key, value) in &self.granted.tags {
            context.set(&format!("aws:PrincipalTag/{key}"), value.as_str());
        }
        for (key, value) in self.principal.session.iter().flat_map(|session| &session.tags) {
            context.set(&format!("aws:PrincipalTag/{key}"), value.as_str());
        }
    }
}

/// A principal as trust policies name it.
pub(crate) fn trusted(principal: &Principal) -> Trusted<'_> {
    match &principal.identity {
        Identity::Root | Identity::User { .. } => Trusted::User(&principal.arn),
        Identity::Role { arn, .. } => Trusted::Session { arn: &principal.arn, role: arn },
    }
}

/// What is known of a principal without its policies.
pub(crate) fn describe(principal: &Principal, context: &mut Context) {
    let (kind, arn) = match &principal.identity {
        Identity::Root => ("Account", &principal.arn),
        Identity::User { name, .. } => {
            context.set("aws:username", name.as_str());
            ("User", &principal.arn)
        }
        // The role's, not the session's.
        Identity::Role { arn, .. } => ("AssumedRole", arn),
    };
    context.set("aws:PrincipalType", kind);
    context.set("aws:PrincipalArn", arn.as_str());
    context.set("aws:PrincipalAccount", arn.split(':').nth(4).unwrap_or_default());
    context.set("aws:userid", principal.user_id.as_str());
    if let Some(Session { issued_at, provider, identity, .. }) = &principal.session {
        context.set("aws:TokenIssueTime", issued_at.iso8601());
        // There are no devices that would be asked for.
        context.set("aws:MultiFactorAuthPresent", "false");
        if let Some(provider) = provider {
            context.set("aws:FederatedProvider", provider.as_str());
        }
        if let Some(PooledIdentity { pool_id, id, amr }) = identity {
            context.set("cognito-identity.amazonaws.com:aud", pool_id.as_str());
            context.set("cognito-identity.amazonaws.com:sub", id.as_str());
            context.set_many("cognito-identity.amazonaws.com:amr", amr.iter().map(String::as_str));
        }
    }
}

/// Reads what a user or role has; of one that is gone nothing.
async fn granted<S>(cx: &Cx<S>, tx: &mut Tx, id: &str) -> Result<Granted, Fault> {
    let Some(entity) = entity_table::get(tx, id).await? else { return Ok(Granted::default()) };
    let held = holdings::of(cx, tx, &entity).await?;
    let identity = held.iter().map(|held| compiled(&held.document)).collect::<Result<_, _>>()?;
    let names = held.iter().map(|held| held.origin.id()).collect();
    let boundary = match &entity.boundary {
        None => None,
        Some(arn) => Some(match managed::document(cx, tx, arn).await? {
            Some(document) => compiled(&document)?,
            None => compiled(NOTHING)?,
        }),
    };
    Ok(Granted { identity, names, boundary, tags: tags::read(&entity.tags)? })
}

/// The policies of a session. A managed one counts as it is now (identity-pools-and-iam §8.2, recorded).
async fn session_policies<S>(
    cx: &Cx<S>,
    memory: Option<&Memory>,
    session: &Session,
) -> Result<Vec<Arc<Policy>>, Fault> {
    let now = cx.outside_now();
    let mut found = Vec::new();
    if let Some(document) = &session.policy {
        let load = async || Policy::parse(document).map(Some).map_err(Fault::internal);
        let hash = || cx.engine().sealing().installation_keys().hash("session policy", document);
        found.extend(match memory {
            Some(memory) => memory.documents.get(&hash(), now, load).await?,
            None => load().await?.map(Arc::new),
        });
    }
    for arn in &session.policy_arns {
        let load = async || {
            let document = managed::document(cx, &mut cx.read().await?, arn).await?;
            document.map(|document| Policy::parse(&document)).transpose().map_err(Fault::internal)
        };
        found.extend(match memory {
            Some(memory) => memory.managed.get(arn, now, load).await?,
            None => load().await?.map(Arc::new),
        });
    }
    Ok(found)
}

/// What is stored was looked at when it was written.
fn compiled(document: &str) -> Result<Arc<Policy>, Fault> {
    Policy::parse(document).map(Arc::new).map_err(Fault::internal)
}
