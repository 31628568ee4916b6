//! What is answered where: one list.

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{Response, StatusCode};
use axum::routing::{MethodRouter, any, get};
use poolhouse_ports::PoolId;
use tracing::Instrument as _;

use crate::exchange::{Endpoint, OAuth};
use crate::well_known::{self, Document};
use crate::{answer, forward_auth};

impl OAuth {
    /// What is served for pools under the server's own name.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/{pool}/.well-known/jwks.json", document(Document::Jwks))
            .route("/{pool}/.well-known/openid-configuration", document(Document::Metadata))
            .route("/{pool}/.well-known/oauth-authorization-server", document(Document::Metadata))
            // Where RFC 8414 puts it for an issuer with a path, and where clients of the Model Context Protocol look first
            // (oauth-and-managed-login §14).
            .route("/.well-known/oauth-authorization-server/{pool}", document(Document::Metadata))
            .route("/.well-known/openid-configuration/{pool}", document(Document::Metadata))
            .route("/.well-known/jwks_uri", document_of_identity_pools(Document::Jwks))
            .route("/.well-known/openid-configuration", document_of_identity_pools(Document::Metadata))
            // pycognito's form, where the URL of its endpoint ends in a slash (pycognito E2).
            .route("//{pool}/.well-known/jwks.json", document(Document::Jwks))
            .route("//{pool}/.well-known/openid-configuration", document(Document::Metadata))
            .route("/_poolhouse/forward-auth", judge())
            .with_state(self.clone())
    }
}

/// The pool that a path names, in words that can be read.
type Pool = Result<Path<String>, PathRejection>;

fn document(document: Document) -> MethodRouter<OAuth> {
    let answer = move |State(oauth): State<OAuth>, pool: Pool, request: Request| async move {
        // What is not text is no pool's id, and neither is nothing.
        let pool_id = PoolId::from(pool.map_or_else(|_| String::new(), |Path(pool_id)| pool_id));
        let exchange = oauth.begin(document.endpoint(), &request);
        let span = exchange.span.clone();
        let result = well_known::answer(&exchange.cx, document, &pool_id).instrument(span).await;
        open_to_browsers(exchange.end(result))
    };
    get(answer).options(async || well_known::preflight("GET")).fallback(not_allowed)
}

fn document_of_identity_pools(document: Document) -> MethodRouter<OAuth> {
    let answer = move |State(oauth): State<OAuth>, request: Request| async move {
        let exchange = oauth.begin(document.endpoint(), &request);
        let span = exchange.span.clone();
        let result = well_known::of_identity_pools(&exchange.cx, document).instrument(span).await;
        open_to_browsers(exchange.end(result))
    };
    get(answer).options(async || well_known::preflight("GET")).fallback(not_allowed)
}

fn open_to_browsers(mut response: Response<Body>) -> Response<Body> {
    well_known::open_to_browsers(response.headers_mut());
    response
}

fn judge() -> MethodRouter<OAuth> {
    let answer = async |State(oauth): State<OAuth>, request: Request| {
        let exchange = oauth.begin(Endpoint::ForwardAuth, &request);
        let (span, (head, _)) = (exchange.span.clone(), request.into_parts());
        let result = forward_auth::answer(&exchange.cx, &head).instrument(span).await;
        exchange.end(result)
    };
    // Some gateways pass on the method of the request that they ask about.
    any(answer)
}

/// axum adds which methods there are.
pub(crate) async fn not_allowed() -> Response<Body> {
    answer::bare(StatusCode::METHOD_NOT_ALLOWED)
}
