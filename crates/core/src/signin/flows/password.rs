//! The password in plain text: USER_PASSWORD_AUTH, ADMIN_USER_PASSWORD_AUTH and its old name
//! ADMIN_NO_SRP_AUTH.

use std::sync::Arc;

use crate::clients::{Client, MissingHash};
use crate::lockout::Guess;
use crate::pools::Pool;
use crate::protection::compromised;
use crate::signin::Step;
use crate::signin::account::Account;
use crate::signin::attempt::Attempt;
use crate::signin::challenges::password::matches;
use crate::signin::next::Progress;
use crate::signin::parameters::Parameters;
use crate::tokens::groups;
use crate::triggers::{authentication, user_migration};
use crate::users::{migrate, record};
use crate::{Cx, Fault, devices, lockout};

pub(in crate::signin) async fn start(
    cx: &Cx,
    pool: Arc<Pool>,
    client: Arc<Client>,
    parameters: &Parameters,
) -> Result<Step, Fault> {
    let username = parameters.required("USERNAME")?;
    let password = parameters.required("PASSWORD")?;
    client.check_secret_hash(parameters.get("SECRET_HASH"), &[username], MissingHash::SignIn)?;

    if user_migration::is_configured(&pool) {
        bring_in(cx, &pool, &client, username, password).await?;
    }
    let mut tx = cx.read().await?;
    let account = Account::find(&mut tx, &pool, &client, username).await?;
    account.check(cx, &mut tx, &pool).await?;
    let groups = groups::of_user(&mut tx, &pool, &account.sub).await?;
    drop(tx);
    authentication::before(cx, &pool, &client, username, account.user()).await?;

    let proven = matches(cx, &pool, &account, password).await?;
    let wrong = Fault::incorrect_username_or_password();
    let user = account.prove(cx, &pool, &client, Guess::Password, proven, wrong).await?;
    let compromised = compromised::check_sign_in(cx, &pool, &client, &user, password).await?;
    let device = devices::named(cx, &pool, &user.row.sub, parameters.get("DEVICE_KEY"), None).await?;
    let attempt = Attempt::new(pool, client, username.to_owned(), user, groups, Progress::PASSWORD);
    Attempt { device, compromised, ..attempt }.proceed(cx).await
}

/// Brings in a user whom nobody knows yet. Guesses at passwords of another directory are slowed down like guesses
/// at ours, and where the client hides who exists, so is what became of them.
async fn bring_in(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    username: &str,
    password: &str,
) -> Result<(), Fault> {
    let mut tx = cx.read().await?;
    if record::find_for_sign_in(&mut tx, pool, username).await?.is_some() {
        return Ok(());
    }
    let sub = Account::stand_in(pool, username).sub;
    lockout::check(&mut tx, &pool.id, &sub, Guess::Password, cx.now).await?;
    drop(tx);
    match migrate::at_sign_in(cx, pool, client, username, password).await {
        Err(fault) if fault.code().status() < 500 && !fault.is_retry() => {
            if client.hides_missing_users() {
                // Goes on with a stand-in, whose password is never right.
                return Ok(());
            }
            let mut tx = cx.write().await?;
            lockout::count_failure(&mut tx, &pool.id, &sub, Guess::Password, cx.now).await?;
            tx.commit().await?;
            Err(fault)
        }
        done => done,
    }
}
