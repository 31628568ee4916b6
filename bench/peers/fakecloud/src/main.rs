//! Serves fakecloud's user pools as its own program does when it is started with an address alone: in memory, nothing checked,
//! by the same entrance and with the same layers around it.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::{Extension, Router};
use fakecloud_cognito::CognitoService;
use fakecloud_core::dispatch::{DispatchConfig, dispatch};
use fakecloud_core::multi_account::MultiAccountState;
use fakecloud_core::registry::ServiceRegistry;
use parking_lot::RwLock;
use tower_http::trace::TraceLayer;
use tracing_subscriber::EnvFilter;

/// What its program takes when it is told nothing else.
const ACCOUNT: &str = "123456789012";
const REGION: &str = "us-east-1";

#[tokio::main]
async fn main() {
    tracing_subscriber::fmt().with_env_filter(EnvFilter::new("info")).init();
    let address = std::env::args().nth(1).expect("usage: fakecloud-user-pools ADDRESS:PORT");
    let state = MultiAccountState::new(ACCOUNT, REGION, &format!("http://{address}"));
    let mut services = ServiceRegistry::new();
    services.register(Arc::new(CognitoService::new(Arc::new(RwLock::new(state)))));
    let app = Router::new()
        .fallback(dispatch)
        .layer(Extension(Arc::new(services)))
        .layer(Extension(Arc::new(DispatchConfig::new(REGION, ACCOUNT))))
        .layer(TraceLayer::new_for_http());
    let listener = tokio::net::TcpListener::bind(&address).await.expect("an address that is free");
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await.expect("a server that goes on");
}
