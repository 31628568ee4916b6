//! A user whom an identity provider has vouched for enters the machine behind the first factor
//! (docs/cognito/federation.md §7).

use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_kernel::sign_ins::Flow;
use poolhouse_wire::user_pools::UserStatusType;

use super::Step;
use super::attempt::Attempt;
use super::counted::counted;
use super::next::{FirstFactor, Progress};
use crate::model::{Client, Federation, Pool, User};
use crate::tokens::groups;
use crate::{Cx, faults};

/// By which way the user came.
pub(crate) struct Came {
    /// What the browser session remembers of it.
    pub(crate) federation: Federation,
    /// Whether it is the sign-in that made the user.
    pub(crate) first: bool,
}

/// Signs in a user as it is stored now. Nothing was redeemed that a repeat could not redeem again.
///
/// # Errors
/// `NotAuthorizedException` for a user who may not sign in or whose risk is too high,
/// `PasswordResetRequiredException`, `UserNotConfirmedException`; those of PostAuthentication.
pub(crate) async fn sign_in(
    cx: &Cx,
    pool: Arc<Pool>,
    client: Arc<Client>,
    user: User,
    came: Came,
) -> Result<Step, Fault> {
    cx.sign_in().set_flow(Flow::PageProvider);
    counted(cx, enter(cx, pool, client, user, came)).await
}

async fn enter(cx: &Cx, pool: Arc<Pool>, client: Arc<Client>, user: User, came: Came) -> Result<Step, Fault> {
    check_state(&user)?;
    let groups = groups::of_user(&mut cx.read().await?, &pool, &user.row.sub).await?;
    let progress = Progress { first: FirstFactor::Federated, ..Progress::PASSWORD };
    let name = user.row.username.to_string();
    let attempt = Attempt::new(pool, client, name, user, groups, progress);
    Attempt { came: Some(came), ..attempt }.proceed(cx).await
}

/// Whether the user may sign in: the password is no matter here.
pub(crate) fn check_state(user: &User) -> Result<(), Fault> {
    match user.status {
        // federation §12, observed
        _ if !user.row.enabled => Err(Fault::not_authorized("User is not enabled")),
        UserStatusType::Unconfirmed => Err(faults::user_not_confirmed()),
        UserStatusType::ResetRequired => Err(faults::password_reset_required()),
        _ => Ok(()),
    }
}
