//! REFRESH_TOKEN_AUTH and REFRESH_TOKEN (docs/cognito/tokens.md §9.2).

use poolhouse_kernel::Fault;

use crate::Cx;
use crate::client_proof::ClientProof;
use crate::model::{Client, Pool, User};
use crate::signin::Step;
use crate::signin::parameters::Parameters;
use crate::tokens::refresh::{self, Refused};

pub(in crate::signin) async fn start(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    parameters: &Parameters,
) -> Result<Step, Fault> {
    let token = parameters.required("REFRESH_TOKEN")?;
    parameters.proof().check_given(client)?;
    let token = refresh::open(pool, client, token).map_err(Refused::fault)?;
    let bearer = token.bearer(cx, pool, client, parameters.get("DEVICE_KEY")).await?;
    check_proof(client, parameters.proof(), &bearer.user)?;
    let result = token.redeem(cx, pool, client, &bearer).await?;
    Ok(Step::Tokens(Box::new(result)))
}

/// The request names no user: the hash is made of the real user name; clients that hash the name with which
/// they signed in are let through, too (pycognito E14).
fn check_proof(client: &Client, proof: ClientProof<'_>, user: &User) -> Result<(), Fault> {
    let aliases = ["email", "phone_number", "preferred_username"].into_iter();
    let aliases = aliases.filter_map(|name| user.attributes.get(name).map(String::as_str));
    let own = [&*user.row.username, &*user.row.username_key, &*user.row.sub];
    let names: Vec<&str> = own.into_iter().chain(aliases).collect();
    proof.check(client, &names).map_err(|_| {
        // authentication §4, observed: other words than at sign-in
        Fault::not_authorized(format!("SecretHash does not match for the client: {}", client.id))
    })
}
