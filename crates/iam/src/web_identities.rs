//! Roles for web identities: whoever a provider vouches for gets what a role's trust policy gives it
//! (identity-pools-and-iam §8.1, §9).

use poolhouse_kernel::request::{PooledIdentity, Session};
use poolhouse_kernel::{Cx, Fault};
use poolhouse_policy::{Context, Decision, Principal as Trusted, Request, TrustPolicy};

use crate::assumable::Assumable;
use crate::sessions::{self, Asked, Begun};

/// What identity pools are called as a provider, whatever issuer their tokens name.
pub const IDENTITY_POOLS: &str = "cognito-identity.amazonaws.com";

/// Whom a provider of web identities vouches for.
#[derive(Debug)]
pub struct WebIdentity {
    /// The names of the provider: its issuers without the scheme, the one of the token first; or [`IDENTITY_POOLS`].
    pub issuers: Vec<String>,
    /// `sub`.
    pub subject: String,
    /// For whom the token was made; of an identity its pool.
    pub audience: String,
    /// `amr`: how it was proven.
    pub amr: Vec<String>,
}

/// Gives the holder of a web identity the credentials of a role, if its trust policy allows it: that alone decides.
///
/// # Errors
/// `AccessDenied`, `ValidationError`, `MalformedPolicyDocument`, `InvalidParameterValue`.
pub async fn assume<S>(
    cx: &Cx<S>,
    asked: Asked,
    identity: &WebIdentity,
    mut context: Context,
) -> Result<Begun, Fault> {
    let refused = || sessions::denied("Not authorized to perform sts:AssumeRoleWithWebIdentity".to_owned());
    sessions::check_arn(&asked.role_arn)?;
    let (tags, transitive_tag_keys) = sessions::session_tags(&asked, None)?;
    let role = Assumable::find(cx, &asked.role_arn).await?.ok_or_else(refused)?;
    role.describe(&mut context)?;
    identity.describe(&cx.settings().account_id, &mut context);
    sessions::describe(&asked, &mut context);
    let actions = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"];
    for action in actions.into_iter().take(if tags.is_empty() { 1 } else { 2 }) {
        let request = Request::new(action, &asked.role_arn, &context);
        if !identity.is_trusted(&role.trust, &cx.settings().account_id, &request) {
            cx.engine().denials().count(action);
            let (subject, role) = (&identity.subject, &asked.role_arn);
            tracing::info!(subject, action, role, "denied to a web identity by the role's trust policy");
            return Err(refused());
        }
    }
    // Who may not assume it learns nothing of policies.
    sessions::check_policies(cx, &mut cx.read().await?, &asked).await?;
    let seconds = sessions::seconds(asked.seconds, &role.parts, false)?;
    let session = Session {
        tags,
        transitive_tag_keys,
        provider: identity.provider(&cx.settings().account_id),
        identity: identity.of_identity_pool(),
        ..sessions::session(cx, &asked)
    };
    sessions::begin(cx, asked, &role.entity, session, seconds)
}

impl WebIdentity {
    /// What the provider is called: by its ARN (observed), if it is none of identity pools.
    pub fn provider(&self, account: &str) -> Option<String> {
        self.issuers.first().map(|issuer| provider(account, issuer))
    }

    fn describe(&self, account: &str, context: &mut Context) {
        for issuer in &self.issuers {
            context.set(&format!("{issuer}:sub"), self.subject.as_str());
            context.set(&format!("{issuer}:aud"), self.audience.as_str());
            context.set_many(&format!("{issuer}:amr"), self.amr.iter().map(String::as_str));
        }
        context.set("aws:PrincipalType", "User");
        if let Some(provider) = self.provider(account).filter(|provider| provider != IDENTITY_POOLS) {
            // Of whoever the provider vouches for (recorded).
            context.set("aws:PrincipalAccount", account);
            context.set("aws:userid", provider);
        }
    }

    /// Whether a trust policy lets it in under one of its provider's names, and denies it under none.
    fn is_trusted(&self, trust: &TrustPolicy, account: &str, request: &Request<'_>) -> bool {
        let mut is_allowed = false;
        for issuer in &self.issuers {
            match trust.admits(&Trusted::Federated(&provider(account, issuer)), request) {
                Decision::ExplicitDeny(_) => return false,
                Decision::Allow(_) => is_allowed = true,
                Decision::ImplicitDeny(_) => {}
            }
        }
        is_allowed
    }

    fn of_identity_pool(&self) -> Option<PooledIdentity> {
        let is_pooled = self.issuers.iter().any(|issuer| issuer == IDENTITY_POOLS);
        is_pooled.then(|| PooledIdentity {
            pool_id: self.audience.clone(),
            id: self.subject.clone(),
            amr: self.amr.clone(),
        })
    }
}

/// How trust policies name the provider that has this issuer.
fn provider(account: &str, issuer: &str) -> String {
    match issuer {
        IDENTITY_POOLS => IDENTITY_POOLS.to_owned(),
        issuer => format!("arn:aws:iam::{account}:oidc-provider/{issuer}"),
    }
}
