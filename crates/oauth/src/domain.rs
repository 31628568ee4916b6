//! The domains of pools: which requests are for them, and what is answered where.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::routing::{MethodFilter, MethodRouter, on};
use axum::{Extension, Router};
use poolhouse_core::federation::{OIDC_ANSWERS, SAML_ANSWERS, SAML_METADATA, SAML_SIGNED_OUT};
use poolhouse_kernel::request::SourceAddress;
use tower::ServiceExt as _;

use crate::exchange::{Endpoint, OAuth};
use crate::place::{self, Found, Place, ReachedAs};
use crate::routes::not_allowed;
use crate::visit::Answer;
use crate::{answer, authorize, federation, logout, pages, register, saml, token, user_info, well_known};

impl OAuth {
    /// Puts the domains of pools before `server`, the routes under the server's own name: a request that is for a domain
    /// is answered there, and by nothing else.
    pub fn with_domains(&self, server: Router) -> Router {
        let house = House { oauth: self.clone(), domain: self.domain() };
        server.layer(from_fn_with_state(house, dispatch))
    }

    /// What is served at a domain (oauth-and-managed-login §1).
    fn domain(&self) -> Router {
        use Endpoint::{
            Asset, Authorize, IdpResponse, Logout, Metadata, Page, Register, Revoke, Token, UserInfo,
        };
        const GET: MethodFilter = MethodFilter::GET;
        const POST: MethodFilter = MethodFilter::POST;
        const BOTH: MethodFilter = GET.or(POST);
        Router::new()
            .route("/oauth2/authorize", at(GET, Authorize, |visit| Box::pin(authorize::answer(visit))))
            .route("/authorize", at(GET, Authorize, |visit| Box::pin(authorize::answer(visit))))
            .route(OIDC_ANSWERS, at(BOTH, IdpResponse, |visit| Box::pin(federation::answer(visit))))
            .route(SAML_ANSWERS, at(POST, IdpResponse, |visit| Box::pin(saml::answer(visit))))
            .route(SAML_SIGNED_OUT, at(POST, Logout, |visit| Box::pin(saml::signed_out(visit))))
            .route(SAML_METADATA, at(GET, Metadata, |visit| Box::pin(saml::metadata(visit))))
            .route("/oauth2/token", open(POST, Token, |visit| Box::pin(token::tokens(visit))))
            .route("/oauth2/revoke", open(POST, Revoke, |visit| Box::pin(token::revoke(visit))))
            .route("/oauth2/register", open(POST, Register, |visit| Box::pin(register::answer(visit))))
            .route("/oauth2/userInfo", open(BOTH, UserInfo, |visit| Box::pin(user_info::answer(visit))))
            .route("/logout", at(GET, Logout, |visit| Box::pin(logout::answer(visit))))
            .route("/login", at(BOTH, Page, |visit| Box::pin(pages::login(visit))))
            .route("/signup", at(BOTH, Page, |visit| Box::pin(pages::sign_up(visit))))
            .route("/confirm", at(BOTH, Page, |visit| Box::pin(pages::confirm(visit))))
            .route("/confirmUser", at(GET, Page, |visit| Box::pin(pages::confirm_user(visit))))
            .route("/resendcode", at(BOTH, Page, |visit| Box::pin(pages::resend_code(visit))))
            .route("/forgotPassword", at(BOTH, Page, |visit| Box::pin(pages::forgot_password(visit))))
            .route("/confirmforgotPassword", at(BOTH, Page, |visit| Box::pin(pages::reset_password(visit))))
            .route("/passkeys/add", at(BOTH, Page, |visit| Box::pin(pages::add_passkey(visit))))
            .route("/account", at(BOTH, Page, |visit| Box::pin(pages::account(visit))))
            .route("/error", at(GET, Page, |visit| Box::pin(pages::error(visit))))
            .route("/assets/{*file}", at(GET, Asset, |visit| Box::pin(pages::asset(visit))))
            .route(
                "/ui-customization/{selector}/{version}/image",
                at(GET, Asset, |visit| Box::pin(pages::logo(visit))),
            )
            .fallback(async || answer::bare(StatusCode::NOT_FOUND))
            .with_state(self.clone())
    }
}

/// What answers requests at a path of a domain.
fn at(methods: MethodFilter, endpoint: Endpoint, answer: Answer) -> MethodRouter<OAuth> {
    let visit = move |State(oauth): State<OAuth>,
                      Extension(place): Extension<Arc<Place>>,
                      request: Request| { oauth.visit(endpoint, place, request, answer) };
    on(methods, visit).fallback(not_allowed)
}

/// The same, for pages of other origins, too: they may call it and read what it answers.
fn open(methods: MethodFilter, endpoint: Endpoint, answer: Answer) -> MethodRouter<OAuth> {
    let names = if methods == MethodFilter::POST { "POST" } else { "GET, POST" };
    let preflight = async move || well_known::preflight(names);
    let endpoint = at(methods, endpoint, answer).options(preflight);
    endpoint.layer(map_response(async |mut response: Response<Body>| {
        well_known::open_to_browsers(response.headers_mut());
        response
    }))
}

/// The domains, and what they serve.
#[derive(Clone)]
struct House {
    oauth: OAuth,
    domain: Router,
}

/// Leads a request to the domain that it is for, or on to the server.
async fn dispatch(State(house): State<House>, mut request: Request, next: Next) -> Response<Body> {
    let reached = request.extensions().get::<ReachedAs>().cloned();
    let source = request.extensions().get::<SourceAddress>().map(|source| source.0);
    let engine = &house.oauth.engine;
    match place::find(engine, source, request.uri(), request.headers(), reached.as_ref()).await {
        Ok(Found::Server) => next.run(request).await,
        Ok(Found::Domain(place, uri)) => {
            *request.uri_mut() = uri;
            request.extensions_mut().insert(Arc::new(place));
            match house.domain.oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        }
        // Who asks is counted all the same.
        Ok(Found::Nobody) => {
            let exchange = house.oauth.begin(Endpoint::Page, &request);
            let result = exchange.cx.admit_source().map(|()| answer::bare(StatusCode::NOT_FOUND));
            exchange.end(result)
        }
        // Whether the process lives is no matter of the database.
        Err(_) if request.uri().path() == "/_poolhouse/health" => next.run(request).await,
        Err(fault) => house.oauth.begin(Endpoint::Page, &request).end(Err(fault)),
    }
}
