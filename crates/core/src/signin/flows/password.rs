//! The password in plain text: USER_PASSWORD_AUTH, ADMIN_USER_PASSWORD_AUTH and its old name
//! ADMIN_NO_SRP_AUTH.

use std::sync::Arc;

use poolhouse_kernel::Fault;

use crate::directory::record;
use crate::guess::{Place, Trace};
use crate::model::guess::Guess;
use crate::model::{Client, Pool};
use crate::signin::Step;
use crate::signin::account::Account;
use crate::signin::attempt::Attempt;
use crate::signin::challenges::password::matches;
use crate::signin::next::Progress;
use crate::signin::parameters::Parameters;
use crate::signin::target::Target;
use crate::threat::compromised;
use crate::tokens::groups;
use crate::triggers::{Verdict, authentication, user_migration};
use crate::users::{imported_hash, migrate};
use crate::{Cx, devices, faults, nobody};

pub(in crate::signin) async fn start(
    cx: &Cx,
    pool: Arc<Pool>,
    client: Arc<Client>,
    parameters: &Parameters,
) -> Result<Step, Fault> {
    let username = parameters.required("USERNAME")?;
    let password = parameters.required("PASSWORD")?;
    parameters.proof().check(&client, &[username])?;
    let target = Target::of_page(cx, &pool, parameters)?;

    // While a recovery holds users still, nobody is brought in, and who is not here is nobody (new-operations §15.5, inferred).
    let is_refused = user_migration::is_configured(&pool)
        && !pool.keeps_users(cx.now)
        && !bring_in(cx, &pool, &client, username, password).await?;
    let mut tx = cx.read().await?;
    let account = Account::find(cx, &mut tx, &pool, &client, username).await?;
    // The other directory did not let them in, and nobody is here.
    let is_settled = is_refused && account.user().is_none();
    if !is_settled {
        account.check(cx, &mut tx, &pool, Guess::Password).await?;
    }
    let groups = groups::of_user(&mut tx, &pool, &account.sub).await?;
    drop(tx);
    authentication::run_pre_authentication(cx, &pool, &client, username, account.user()).await?;

    let wrong = faults::incorrect_username_or_password();
    if is_settled {
        return Err(wrong);
    }
    let place = account.place(cx, &pool, Guess::Password).await?;
    let proven = matches(cx, &pool, &account, password).await?;
    let user = account.prove(cx, &pool, &client, place, proven, wrong).await?;
    let user = imported_hash::replace(cx, &pool, user, password).await?;
    let compromised = compromised::check_sign_in(cx, &pool, &client, &user, password).await?;
    let device = devices::named(cx, &pool, &user.row.sub, parameters.get("DEVICE_KEY"), None).await?;
    let attempt = Attempt::new(pool, client, username.to_owned(), user, groups, Progress::PASSWORD);
    Attempt { device, compromised, target, ..attempt }.proceed(cx).await
}

/// Brings in a user whom nobody knows yet; false when the other directory knows none with this password either.
///
/// Guesses at its passwords have a place like guesses at ours: the function compares, and what it refused is counted. One
/// that is out of order has compared nothing, which is nobody's guess. Where the client hides who exists, so is what
/// became of them: the sign-in goes on with a stand-in, whose password is never right.
async fn bring_in(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    username: &str,
    password: &str,
) -> Result<bool, Fault> {
    if record::find_for_sign_in(&mut cx.read().await?, pool, username).await?.is_some() {
        return Ok(true);
    }
    let place =
        Place::take_elsewhere(cx, &pool.id, &nobody::subject(pool, username), Guess::Password).await?;
    let brought = match user_migration::at_sign_in(cx, pool, client, username, password).await {
        Verdict::Right(found) => {
            migrate::bring_in(cx, pool, client, username, Some(password), found).await.map(|()| true)
        }
        Verdict::Wrong(fault) => {
            place.wrong(Trace::Nothing).await?;
            fault.map_or(Ok(false), Err)
        }
        Verdict::None(fault) => Err(fault),
    };
    Ok(nobody::hide(client, brought)?.unwrap_or(false))
}
