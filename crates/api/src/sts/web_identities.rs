//! Whom a web identity token vouches for: a user of a pool here, or an identity of an identity pool.

use poolhouse_core::Cx;
use poolhouse_core::tokens::{self as user_pools, Flaw};
use poolhouse_iam::web_identities::{IDENTITY_POOLS, WebIdentity};
use poolhouse_identity::tokens::{self as identity_pools, PoolToken};
use poolhouse_kernel::Fault;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::sts::Tag;

/// How long behind its end a token is still good, in seconds (docs/cognito/identity-pools-and-iam.md §8.1, recorded).
const GRACE: i64 = 300;

/// The web identity of a token, and the tags that its session gets.
///
/// # Errors
/// `InvalidIdentityToken`, `ExpiredTokenException`.
pub(super) async fn of(cx: &Cx, token: &str) -> Result<(WebIdentity, Vec<Tag>), Fault> {
    let words = |flaw| told(cx, flaw);
    let pooled = identity_pools::examine(cx, token, GRACE).await.map_err(|unproven| unproven.told(words))?;
    if let Some(PoolToken { identity_id, pool_id, amr, tags }) = pooled {
        let tags = tags.into_iter().map(|(key, value)| Tag { key, value }).collect();
        let issuers = vec![IDENTITY_POOLS.to_owned()];
        return Ok((
            WebIdentity { issuers, subject: identity_id.into(), audience: pool_id.into(), amr },
            tags,
        ));
    }
    let token = user_pools::id_token(cx, token, GRACE).await.map_err(|unproven| unproven.told(words))?;
    // At AWS the provider's list of clients keeps others out; here every client of the pool that is the operator's is on it.
    if !token.is_of_known_client(cx).await? {
        return Err(Fault::new(
            ErrorCode::InvalidIdentityTokenException,
            "The web identity token provided could not be validated. See the AssumeRoleWithWebIdentity documentation for requirements.",
        ));
    }
    let identity = WebIdentity {
        issuers: token.issuers,
        subject: token.subject,
        audience: token.audience,
        amr: Vec::new(),
    };
    Ok((identity, Vec::new()))
}

/// A flaw in the words of STS (docs/cognito/identity-pools-and-iam.md §8.1, recorded).
fn told(cx: &Cx, flaw: Flaw) -> Fault {
    let invalid = |text: String| Fault::new(ErrorCode::InvalidIdentityTokenException, text);
    match flaw {
        Flaw::NoToken | Flaw::Use => invalid(
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
                .to_owned(),
        ),
        Flaw::Signature => invalid(
            "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"
                .to_owned(),
        ),
        Flaw::Missing(claim) => invalid(format!("Missing a required claim: {claim}")),
        Flaw::Expired(at) => {
            let now = cx.now.seconds() - GRACE;
            let text =
                format!("Token expired: current date/time {now} must be before the expiration date/time {at}");
            Fault::new(ErrorCode::ExpiredTokenException, text)
        }
    }
}
