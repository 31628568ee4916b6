//! A middleware of `reqwest-middleware`.

use std::future::Future;
use std::pin::Pin;

use ::http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next};

use super::Authorization;

/// ```no_run
/// # async fn show(alice: poolhouse_client::SignedIn) -> Result<(), reqwest_middleware::Error> {
/// use poolhouse_client::http::Authorization;
///
/// let api = reqwest_middleware::ClientBuilder::new(reqwest::Client::new())
///     .with(Authorization::of(alice))
///     .build();
/// let orders = api.get("https://api.example.com/orders").send().await?;
/// # Ok(()) }
/// ```
impl Middleware for Authorization {
    fn handle<'s, 'e, 'n, 'f>(
        &'s self,
        mut request: Request,
        extensions: &'e mut Extensions,
        next: Next<'n>,
    ) -> Pin<Box<dyn Future<Output = Result<Response, Error>> + Send + 'f>>
    where
        's: 'f,
        'e: 'f,
        'n: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            self.apply(request.headers_mut()).await.map_err(Error::middleware)?;
            next.run(request, extensions).await
        })
    }
}
