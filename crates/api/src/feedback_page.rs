//! The page on which a user says whether a sign-in was theirs: `/<pool id>/authEventFeedback`, opened by a link in the
//! mail that told of it (docs/protection.md).

use axum::body::Body;
use axum::extract::Query;
use axum::http::{Response, Uri};
use poolhouse_core::Cx;
use poolhouse_core::threat::history;
use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_wire::user_pools::FeedbackValueType;
use serde::Deserialize;

use crate::page;

const TITLE: &str = "Feedback";

/// The link's parameters.
#[derive(Deserialize)]
struct Link {
    user_name: String,
    event_id: String,
    feedback_token: String,
    feedback_value: String,
}

/// Notes what the link says, as one click is to do, and thanks for it.
pub(crate) async fn answer(cx: &Cx, pool_id: &PoolId, uri: &Uri) -> Response<Body> {
    let Ok(Query(link)) = Query::<Link>::try_from_uri(uri) else {
        return page::incomplete(cx, TITLE);
    };
    let value = FeedbackValueType::from(&*link.feedback_value);
    if matches!(value, FeedbackValueType::Other(_)) {
        return page::incomplete(cx, TITLE);
    }
    page::outcome(cx, TITLE, note(cx, pool_id, &link, &value).await, "Thank you for telling us.")
}

async fn note(cx: &Cx, pool_id: &PoolId, link: &Link, value: &FeedbackValueType) -> Result<(), Fault> {
    cx.admit_source()?;
    let Link { user_name, event_id, feedback_token, .. } = link;
    cx.repeat(|| history::feedback(cx, pool_id, user_name, event_id, feedback_token, value)).await
}
