//! Tokens that renew themselves, and the calls that use them.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_sdk_cognitoidentityprovider::Client as SdkClient;
use aws_sdk_cognitoidentityprovider::error::SdkError;
use aws_sdk_cognitoidentityprovider::types::{AuthFlowType, AuthenticationResultType};
use poolhouse_crypto::jwt;

use super::SignedIn;
use crate::client::Client;
use crate::domain::Domain;
use crate::error::{Error, ErrorKind, Result, TokenError};
use crate::sign_in::tokens_of;
use crate::tokens::{Claims, Tokens};

/// The tokens and what they say; replaced whole.
#[derive(Clone)]
pub(super) struct State {
    pub(super) tokens: Tokens,
    pub(super) id: Claims,
    pub(super) access: Claims,
    /// When the first of both ends, by this machine's clock; `None` if they do not say.
    ends: Option<SystemTime>,
}

impl SignedIn {
    pub(super) fn ends_within(&self, state: &State, margin: Duration) -> bool {
        let now = self.client().now();
        state.ends.is_none_or(|end| now.checked_add(margin).is_none_or(|soon| end <= soon))
    }

    /// The state with tokens that are good for a while yet.
    pub(super) async fn fresh(&self) -> Result<Arc<State>> {
        let state = self.state()?;
        if !self.ends_within(&state, self.client().refresh_margin()) {
            return Ok(state);
        }
        let over = self.ends_within(&state, Duration::ZERO);
        match self.newer_than(&state).await {
            // What is left of the old ones is better than nothing.
            Err(error) if !over && may_wait(&error) => Ok(state),
            Err(Error::Token(TokenError::NoRefreshToken)) => Err(TokenError::Expired.into()),
            other => other,
        }
    }

    /// A call with an access token; once more with a new one if the service says that its time is over. Clocks differ,
    /// and may be set.
    pub(super) async fn call<T, E, F>(&self, send: impl Fn(&SdkClient, &str) -> F + Send) -> Result<T>
    where
        F: Future<Output = Result<T, SdkError<E>>> + Send,
        Error: From<SdkError<E>>,
    {
        let state = self.fresh().await?;
        let sdk = self.client().sdk();
        match send(sdk, state.tokens.access_token()).await.map_err(Error::from) {
            Err(error) if error.is_expired_token() => {}
            other => return other,
        }
        let renewed = match self.newer_than(&state).await {
            Err(Error::Token(TokenError::NoRefreshToken)) => return Err(TokenError::Expired.into()),
            other => other?,
        };
        Ok(send(sdk, renewed.tokens.access_token()).await?)
    }

    /// The state after a renewal: one that another caller has made meanwhile, or one that is made now.
    pub(super) async fn newer_than(&self, old: &State) -> Result<Arc<State>> {
        let made = || match self.state() {
            Ok(now) if now.tokens.access_token() == old.tokens.access_token() => None,
            other => Some(other),
        };
        let renew = || {
            let user = self.clone();
            async move { user.renew_from(&*user.state()?).await }
        };
        self.0.renewal.run(made, renew).await
    }

    async fn renew_from(&self, state: &State) -> Result<Arc<State>> {
        let refresh = state.tokens.refresh_token().ok_or(TokenError::NoRefreshToken)?;
        match self.ask_for_tokens(state, refresh).await {
            Ok(tokens) => {
                // Only a client that rotates them gets a new refresh token.
                let kept = tokens.refresh_token().unwrap_or(refresh).to_owned();
                let tokens = Tokens::new(tokens.access_token(), tokens.id_token(), Some(kept.clone()));
                let judged = State::received(self.client(), tokens).await;
                if judged.is_err() {
                    // The old refresh token may be spent: the new one is kept for the next attempt.
                    let old = &state.tokens;
                    let tokens = Tokens::new(old.access_token(), old.id_token(), Some(kept));
                    self.set_state(State { tokens, ..state.clone() });
                }
                Ok(self.set_state(judged?))
            }
            Err(error) => {
                if is_dead(&error) {
                    // It is dead: those who come later need not ask again.
                    self.set_state(State { tokens: state.tokens.without_refresh(), ..state.clone() });
                }
                Err(error)
            }
        }
    }

    /// Where tokens are renewed and revoked that come from the pool's domain: theirs alone say `at_hash`
    /// (oauth-and-managed-login §6.2, observed).
    pub(super) fn domain(&self, state: &State) -> Option<&Domain> {
        state.id.value("at_hash").and(self.client().domain().ok())
    }

    /// Asks by the operation that the app client takes: with rotation it is another one (tokens §9.3). What it took last
    /// is remembered.
    async fn ask_for_tokens(&self, state: &State, refresh: &str) -> Result<Tokens> {
        let client = self.client();
        if let Some(domain) = self.domain(state) {
            return domain.refresh(client, refresh).await;
        }
        // authentication §12.3, observed: tokens of a device are renewed for it alone
        let device = self.device().map(|d| d.key().to_owned());
        let device = device.or_else(|| state.access.device_key().map(str::to_owned));
        let rotates = client.rotates();
        let result = match self.ask(state, refresh, device.clone(), rotates).await {
            Err(error) if error.kind() == Some(ErrorKind::Unsupported) => {
                let result = self.ask(state, refresh, device, !rotates).await?;
                client.set_rotates(!rotates);
                result
            }
            other => other?,
        };
        let result = result.ok_or_else(|| Error::Protocol("renewal gave no tokens".to_owned()))?;
        tokens_of(result).map(|(tokens, _)| tokens)
    }

    async fn ask(
        &self,
        state: &State,
        refresh: &str,
        device: Option<String>,
        rotates: bool,
    ) -> Result<Option<AuthenticationResultType>> {
        let client = self.client();
        let metadata = client.metadata().to_sdk();
        if rotates {
            let call = client.sdk().get_tokens_from_refresh_token().client_id(client.app()?);
            let call = call.refresh_token(refresh).set_device_key(device).set_client_metadata(metadata);
            let call = call.set_client_secret(client.client_secret().map(str::to_owned));
            return Ok(call.send().await?.authentication_result);
        }
        // authentication §4, observed: here the hash is over the real name, never an alias
        let name = state.access.username().or_else(|| state.id.username()).unwrap_or_default();
        let parameters = [
            ("REFRESH_TOKEN", Some(refresh.to_owned())),
            ("SECRET_HASH", client.secret_hash(name)),
            ("DEVICE_KEY", device),
        ];
        let given = parameters.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let call = client.sdk().initiate_auth().auth_flow(AuthFlowType::RefreshTokenAuth);
        let call = call.set_auth_parameters(Some(given.collect())).set_client_metadata(metadata);
        Ok(call.client_id(client.app()?).send().await?.authentication_result)
    }
}

/// Whether the service says that the refresh token is dead.
fn is_dead(error: &Error) -> bool {
    matches!(error.kind(), Some(ErrorKind::NotAuthorized | ErrorKind::RefreshTokenReused))
}

fn may_wait(error: &Error) -> bool {
    error.is_retryable() || matches!(error, Error::Token(TokenError::NoRefreshToken))
}

impl State {
    /// Tokens that the service has just given, verified if the client verifies.
    ///
    /// They end after their lifetime by this clock, however far it is from the service's.
    pub(super) async fn received(client: &Client, tokens: Tokens) -> Result<Self> {
        let mut state = if client.verifies() {
            let (id, access) = client.verifier().verify_both(&tokens).await?;
            Self::kept(tokens, id, access)
        } else {
            Self::unverified(tokens)?
        };
        let lifetime = state.id.lifetime().zip(state.access.lifetime()).map(|(id, access)| id.min(access));
        state.ends = lifetime.and_then(|time| client.now().checked_add(time)).or(state.ends);
        Ok(state)
    }

    /// Tokens that were received some time ago.
    pub(super) fn kept(tokens: Tokens, id: Claims, access: Claims) -> Self {
        let ends = id.expires_at().zip(access.expires_at()).map(|(id, access)| id.min(access));
        Self { tokens, id, access, ends }
    }

    pub(super) fn unverified(tokens: Tokens) -> Result<Self> {
        let read = |token| jwt::decode(token)?.claims().map(Claims::new);
        let id = read(tokens.id_token()).map_err(|_| TokenError::Malformed)?;
        let access = read(tokens.access_token()).map_err(|_| TokenError::Malformed)?;
        Ok(Self::kept(tokens, id, access))
    }
}
