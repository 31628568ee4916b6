//! The page that a confirmation link opens: `/<pool id>/confirmUser`
//! (docs/cognito/triggers-and-messages.md §11).

use axum::body::Body;
use axum::extract::Query;
use axum::http::{Response, Uri};
use poolhouse_core::{Cx, sign_up};
use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, PoolId};
use serde::Deserialize;

use crate::page;

const TITLE: &str = "Confirmation";

/// The link's parameters, by AWS's names.
#[derive(Deserialize)]
struct Link {
    client_id: ClientId,
    user_name: String,
    confirmation_code: String,
}

/// Confirms the user, as AWS does when its link is opened, and says so. What follows a commit is not cut off when
/// the browser goes: the caller runs this in a task of its own.
pub(crate) async fn answer(cx: &Cx, pool_id: &PoolId, uri: &Uri) -> Response<Body> {
    let Ok(Query(link)) = Query::<Link>::try_from_uri(uri) else {
        return page::incomplete(cx, TITLE);
    };
    // The text is AWS's (observed).
    page::outcome(cx, TITLE, confirm(cx, pool_id, &link).await, "Your registration has been confirmed!")
}

async fn confirm(cx: &Cx, pool_id: &PoolId, link: &Link) -> Result<(), Fault> {
    cx.admit_source()?;
    let Link { client_id, user_name, confirmation_code } = link;
    cx.repeat(|| sign_up::confirm_by_link(cx, pool_id, client_id, user_name, confirmation_code)).await
}
