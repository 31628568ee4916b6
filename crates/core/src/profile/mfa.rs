//! Factors of a signed-in user: AssociateSoftwareToken, VerifySoftwareToken, SetUserMFAPreference,
//! GetUserAuthFactors (docs/cognito/authentication.md §13).

use poolhouse_kernel::Fault;
use poolhouse_wire::Sensitive;

use crate::directory::{self, record};
use crate::guess::{Place, Trace};
use crate::model::guess::Guess;
use crate::tokens::access::{Authorized, Owner, authorize, authorize_guarded};
use crate::users::mfa::{self, Preferences};
use crate::users::{AuthFactors, software_token, view};
use crate::{Cx, signin};

/// What lets a user set up a software token: one of the two, never both.
#[derive(Clone, Copy, Debug)]
pub enum Proof<'a> {
    /// What proves who signed in.
    Owner(Owner<'a>),
    /// The session of the challenge MFA_SETUP.
    Session(&'a Sensitive),
}

impl<'a> Proof<'a> {
    /// The one that a request brings.
    ///
    /// # Errors
    /// `InvalidParameterException` (authentication §13.2; the text is ours).
    pub fn of(access_token: Option<&'a Sensitive>, session: Option<&'a Sensitive>) -> Result<Self, Fault> {
        match (access_token, session) {
            (Some(token), None) => Ok(Self::Owner(Owner::Token(token))),
            (None, Some(session)) => Ok(Self::Session(session)),
            _ => Err(Fault::invalid_parameter("Exactly one of AccessToken and Session is required.")),
        }
    }
}

/// A new secret for the user's app, and with a session the next one. The token that is registered stays in
/// force until a code of the new one is verified (authentication §13.2, inferred).
///
/// # Errors
/// Those of the owner or the session; `SoftwareTokenMFANotFoundException`.
pub async fn associate_software_token(
    cx: &Cx,
    proof: Proof<'_>,
) -> Result<(String, Option<Sensitive>), Fault> {
    let owner = match proof {
        Proof::Owner(owner) => owner,
        Proof::Session(session) => {
            let (secret, session) = signin::associate_software_token(cx, session).await?;
            return Ok((secret, Some(session)));
        }
    };
    let Authorized { pool, user, .. } = authorize_guarded(cx, owner).await?;
    software_token::check_offered(&pool)?;
    let (sealed, secret) = software_token::draw(cx, &pool, &user.row.sub);
    let mut tx = cx.write().await?;
    let mut user = record::reread(&mut tx, &pool, &user).await?;
    user.mfa.pending_token = Some(sealed);
    record::touch(&mut tx, &user).await?;
    tx.commit().await?;
    Ok((secret, None))
}

/// Registers the software token by its first code, under an optional name; with a session gives the next one.
///
/// # Errors
/// Those of the owner or the session; `SoftwareTokenMFANotFoundException`,
/// `InvalidParameterException`, `EnableSoftwareTokenMFAException`.
pub async fn verify_software_token(
    cx: &Cx,
    proof: Proof<'_>,
    code: &str,
    name: Option<&str>,
) -> Result<Option<Sensitive>, Fault> {
    let owner = match proof {
        Proof::Owner(owner) => owner,
        Proof::Session(session) => {
            return signin::verify_software_token(cx, session, code, name).await.map(Some);
        }
    };
    let Authorized { pool, user, .. } = authorize_guarded(cx, owner).await?;
    software_token::check_offered(&pool)?;
    let pending = user.mfa.pending_token.as_deref().ok_or_else(software_token::not_associated)?;
    let sub = &user.row.sub;
    let place = Place::take(cx, &pool.id, sub, Guess::NewToken).await?;
    let Some(token) = software_token::register(cx, &pool, sub, pending, code, name)? else {
        place.wrong(Trace::Nothing).await?;
        return Err(software_token::code_mismatch());
    };
    place.right().await?;
    let mut tx = cx.write().await?;
    let mut user = record::reread(&mut tx, &pool, &user).await?;
    user.set_software_token(token);
    record::update(&mut tx, &mut user, cx.now).await?;
    tx.commit().await?;
    Ok(None)
}

/// Turns the user's second factors on and off and sets the preferred one.
///
/// # Errors
/// Those of the owner; `InvalidParameterException`.
pub async fn set_mfa_preference(cx: &Cx, owner: Owner<'_>, wanted: &Preferences) -> Result<(), Fault> {
    let authorized = authorize(cx, owner).await?;
    authorized.check_fresh(cx)?;
    let Authorized { pool, user, .. } = authorized;
    pool.check_users_may_change(cx.now)?;
    let mut edit = directory::edit_again(cx, &pool, &user).await?;
    mfa::set_preferences(&mut edit.user, &pool, wanted)?;
    edit.commit(cx).await.map(drop)
}

/// The factors that the user has, first and second ones.
///
/// # Errors
/// Those of the owner.
pub async fn auth_factors(cx: &Cx, owner: Owner<'_>) -> Result<AuthFactors, Fault> {
    let Authorized { pool, user, .. } = authorize(cx, owner).await?;
    view::auth_factors(cx, &pool, &user).await
}
