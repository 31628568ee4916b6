//! The password in plain text: USER_PASSWORD_AUTH, ADMIN_USER_PASSWORD_AUTH and its old name
//! ADMIN_NO_SRP_AUTH.

use std::sync::Arc;

use crate::clients::{Client, MissingHash};
use crate::lockout::Guess;
use crate::pools::Pool;
use crate::signin::Step;
use crate::signin::account::Account;
use crate::signin::attempt::Attempt;
use crate::signin::challenges::password::matches;
use crate::signin::next::Progress;
use crate::signin::parameters::Parameters;
use crate::tokens::groups;
use crate::triggers::authentication;
use crate::{Cx, Fault, devices};

pub(in crate::signin) async fn start(
    cx: &Cx,
    pool: Arc<Pool>,
    client: Arc<Client>,
    parameters: &Parameters,
) -> Result<Step, Fault> {
    let username = parameters.required("USERNAME")?;
    let password = parameters.required("PASSWORD")?;
    client.check_secret_hash(parameters.get("SECRET_HASH"), &[username], MissingHash::SignIn)?;

    let mut tx = cx.read().await?;
    let account = Account::find(&mut tx, &pool, &client, username).await?;
    account.check(cx, &mut tx, &pool).await?;
    let groups = groups::of_user(&mut tx, &pool, &account.sub).await?;
    drop(tx);
    authentication::before(cx, &pool, &client, username, account.user()).await?;

    let proven = matches(cx, &pool, &account, password).await?;
    let wrong = Fault::incorrect_username_or_password();
    let user = account.prove(cx, &pool, Guess::Password, proven, wrong).await?;
    let device = devices::named(cx, &pool, &user.row.sub, parameters.get("DEVICE_KEY"), None).await?;
    let attempt = Attempt {
        pool,
        client,
        name: username.to_owned(),
        stored: user,
        groups,
        progress: Progress::PASSWORD,
        device,
        guess: Guess::Password,
        redeemed: None,
        change: None,
        waiting: None,
    };
    attempt.proceed(cx).await
}
