//! Where a request comes in, who makes it, where it comes from, and what comes with it for others.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use poolhouse_ports::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a request comes in: a property of what is asked for, and where an operation has two doors, of how. Rules that
/// treat users and administrators differently hang on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// An operation for users and their apps: nobody signs it, and what it needs to know of them it checks itself.
    Public,
    /// An operation for administrators: its caller has proven, as by a signature, who it is before anything is done.
    Admin,
    /// A page or document, opened by its URL.
    Page,
    /// Work of the server's own, which nobody waits for.
    Job,
}

/// A principal of IAM: who asks.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    /// The access key that it proves itself with.
    pub access_key_id: String,
    /// Its name in policies and answers.
    pub arn: String,
    /// Its unique id (`aws:userid`); of an account's root the account's.
    pub user_id: String,
    /// Whose policies it has.
    pub identity: Identity,
    /// What its temporary credentials bring with them; none of an access key of its own.
    pub session: Option<Session>,
}

/// Whose policies a principal has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The account's own: may do everything.
    Root,
    /// A user's.
    User {
        /// Its unique id.
        id: String,
        /// Its name.
        name: String,
    },
    /// A role's, which somebody has assumed.
    Role {
        /// Its unique id.
        id: String,
        /// Its ARN, which is not that of the session.
        arn: String,
    },
}

/// What temporary credentials bring with them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// When they were issued.
    pub issued_at: Timestamp,
    /// A policy of the session alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The ARNs of managed policies that bound the session.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policy_arns: Vec<String>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// The keys of those tags that a next role takes over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transitive_tag_keys: Vec<String>,
    /// The provider whose web identity began it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// What that identity is, where it is one of an identity pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<PooledIdentity>,
}

/// An identity of an identity pool, as policies know it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PooledIdentity {
    /// The pool's id.
    pub pool_id: String,
    /// Its own id.
    pub id: String,
    /// Whether it is a guest's, and by what it is proven if not.
    pub amr: Vec<String>,
}

impl Session {
    /// Whether policies bound it: it may then do nothing that they do not allow.
    pub fn is_bounded(&self) -> bool {
        self.policy.is_some() || !self.policy_arns.is_empty()
    }
}

impl Principal {
    /// The root of an account, by one of its access keys.
    pub fn root(access_key_id: &str, account_id: &str) -> Self {
        Self {
            access_key_id: access_key_id.to_owned(),
            arn: format!("arn:aws:iam::{account_id}:root"),
            user_id: account_id.to_owned(),
            identity: Identity::Root,
            session: None,
        }
    }
}

/// The source address of a request: where it comes in, the server puts it beside the request for those who answer it.
#[derive(Clone, Copy, Debug)]
pub struct SourceAddress(pub IpAddr);

/// Where a request comes from, as far as the surface knows. Told to users in the list of their sessions; what a
/// caller may do never hangs on it alone.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The source address: the peer's, or the one that a trusted proxy names.
    pub address: Option<IpAddr>,
    /// The header `User-Agent`, where it is text.
    pub user_agent: Option<String>,
    /// What the caller says about the user on whose behalf it calls.
    pub user: UserContext,
}

/// Where a caller says that the user is (UserContextData, ContextData). Whether it is believed depends on the caller.
#[derive(Clone, Debug, Default)]
pub struct UserContext {
    /// The user's address.
    pub address: Option<IpAddr>,
    /// The `User-Agent` of the user's own request.
    pub user_agent: Option<String>,
}

/// `ClientMetadata`, `ValidationData`, and the SDK that sent them: what a request's caller gives to triggers. None of it
/// takes part in a decision of ours, so it travels in the context of the request instead of through every function
/// (triggers-and-messages §7). Stored, sealed, only with a message for which a function
/// finds the words when it is sent. Its `Debug` form shows no values.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Metadata {
    /// For the triggers that judge an entry: `ValidationData` of SignUp and AdminCreateUser, `ClientMetadata`
    /// of InitiateAuth and AdminInitiateAuth.
    pub validation_data: Option<BTreeMap<String, String>>,
    /// `ClientMetadata` of every other request.
    pub client_metadata: Option<BTreeMap<String, String>>,
    /// The SDK as it names itself, such as `aws-sdk-nodejs-2.856.0`.
    pub sdk: Option<String>,
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metadata").field("sdk", &self.sdk).finish_non_exhaustive()
    }
}
