//! Layers of tower: one that puts tokens on requests, one that lets requests through by theirs.

use std::error::Error as StdError;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use ::http::{HeaderName, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::Authorization;
use super::rejection::{Place, Rejection};
use crate::tokens::{TokenKind, Verifier};

type BoxError = Box<dyn StdError + Send + Sync>;
type Answer<R, E> = Pin<Box<dyn Future<Output = Result<R, E>> + Send>>;

impl<S> Layer<S> for Authorization {
    type Service = Authorized<S>;

    fn layer(&self, inner: S) -> Authorized<S> {
        Authorized { authorization: self.clone(), inner }
    }
}

/// A client whose requests carry a token; made by [`Authorization`] as a layer.
///
/// ```no_run
/// # fn show<S>(alice: poolhouse_client::SignedIn, client: S) {
/// use poolhouse_client::http::{Authorization, Authorized};
/// use tower::Layer as _;
///
/// let client: Authorized<S> = Authorization::of(alice).layer(client);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Authorized<S> {
    authorization: Authorization,
    inner: S,
}

impl<S, B> Service<Request<B>> for Authorized<S>
where
    S: Service<Request<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Answer<S::Response, BoxError>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let (inner, authorization) = (ready(&mut self.inner), self.authorization.clone());
        Box::pin(async move {
            let mut inner = inner;
            authorization.apply(request.headers_mut()).await?;
            inner.call(request).await.map_err(Into::into)
        })
    }
}

/// The service that was asked whether it is ready; a clone of it stays behind.
fn ready<S: Clone>(service: &mut S) -> S {
    let clone = service.clone();
    std::mem::replace(service, clone)
}

/// Lets requests through by their tokens, on servers.
///
/// The [`Claims`](crate::Claims) stand in the request's extensions. Others are answered 401, 403 if the user is in
/// none of the groups, and 503 while the issuer's keys cannot be fetched ([`Rejection`]).
///
/// ```no_run
/// # fn show(verifier: poolhouse_client::Verifier) {
/// use axum::{Router, routing::get};
/// use poolhouse_client::http::RequireToken;
///
/// let admin = Router::<()>::new()
///     .route("/admin", get(|| async { "hello" }))
///     .layer(RequireToken::new(verifier).any_group(["admins"]));
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct RequireToken {
    verifier: Verifier,
    kind: TokenKind,
    groups: Arc<[String]>,
    place: Place,
}

impl RequireToken {
    /// Lets requests with a good access token through.
    #[must_use]
    pub fn new(verifier: Verifier) -> Self {
        Self { verifier, kind: TokenKind::Access, groups: Arc::default(), place: Place::default() }
    }

    /// Which token; the access token by default.
    #[must_use]
    pub fn kind(self, kind: TokenKind) -> Self {
        Self { kind, ..self }
    }

    /// Only users of any of these groups.
    #[must_use]
    pub fn any_group<N: Into<String>>(self, groups: impl IntoIterator<Item = N>) -> Self {
        Self { groups: groups.into_iter().map(Into::into).collect(), ..self }
    }

    /// Which header, and what stands before the token in it; `Authorization` and `"Bearer"` by default.
    #[must_use]
    pub fn header(self, header: HeaderName, prefix: impl Into<String>) -> Self {
        Self { place: Place { header, prefix: super::prefix(prefix) }, ..self }
    }

    async fn admit<B>(&self, request: &mut Request<B>) -> Result<(), Rejection> {
        let claims = self.place.judge(request.headers(), &self.verifier, self.kind).await?;
        if !self.groups.is_empty() && !claims.in_any_group(&*self.groups) {
            return Err(Rejection::MissingGroup);
        }
        request.extensions_mut().insert(claims);
        Ok(())
    }
}

impl<S> Layer<S> for RequireToken {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { guard: self.clone(), inner }
    }
}

/// A server whose requests must carry a token; made by [`RequireToken`].
///
/// ```no_run
/// # fn show<S>(verifier: poolhouse_client::Verifier, server: S) {
/// use poolhouse_client::http::{Guarded, RequireToken};
/// use tower::Layer as _;
///
/// let server: Guarded<S> = RequireToken::new(verifier).layer(server);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Guarded<S> {
    guard: RequireToken,
    inner: S,
}

impl<S, B, R> Service<Request<B>> for Guarded<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Answer<Response<R>, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let (inner, guard) = (ready(&mut self.inner), self.guard.clone());
        Box::pin(async move {
            let mut inner = inner;
            match guard.admit(&mut request).await {
                Ok(()) => inner.call(request).await,
                Err(rejection) => Ok(rejection.response()),
            }
        })
    }
}
