//! The least that a JSON service can do: axum, answering each value with itself.

use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The argument by which this program is one.
pub(crate) const ARGUMENT: &str = "echo";

/// Serves, and tells where, until it is killed.
pub(crate) async fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    eprintln!("{}", json!({ "address": listener.local_addr().unwrap().to_string() }));
    axum::serve(listener, router()).await.unwrap();
}

/// Answers each value with itself.
pub(crate) fn router() -> Router {
    Router::new().route("/", post(async |Json(value): Json<Value>| Json(value)))
}
