//! A user who is signed in: tokens that renew themselves, and what users do for themselves.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use aws_sdk_cognitoidentityprovider::types::AuthFlowType;
use poolhouse_crypto::jwt;

use crate::client::Client;
use crate::devices::{DeviceCredentials, NewDevice};
use crate::error::{Error, Result, TokenError};
use crate::sign_in::tokens_of;
use crate::single_flight::SingleFlight;
use crate::tokens::{Claims, TokenKind, Tokens};

mod devices;
mod mfa;
mod passkeys;
mod profile;

pub use passkeys::WebAuthnCredential;

/// A user who is signed in. Clones share the tokens.
///
/// Every call takes an access token that is good for a while yet; the first of many callers renews it, and the
/// others wait for that one renewal. A caller who is cancelled does not stop it.
///
/// ```no_run
/// # async fn show(client: poolhouse_client::Client) -> poolhouse_client::Result<()> {
/// let alice = client.sign_in("alice").password("Correct-Horse-7").send().await?.tokens()?;
/// println!("{:?}", alice.user().await?.email());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct SignedIn(Arc<Inner>);

struct Inner {
    client: Client,
    state: RwLock<Option<Arc<State>>>,
    /// One renewal for all who wait for it.
    renewal: SingleFlight<Arc<State>>,
    device: RwLock<Option<DeviceCredentials>>,
    new_device: Option<NewDevice>,
}

/// The tokens and what they say; replaced whole.
#[derive(Clone)]
struct State {
    tokens: Tokens,
    id: Claims,
    access: Claims,
    /// When the first of both ends, by this machine's clock; `None` if they do not say.
    ends: Option<SystemTime>,
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn").field("client", &self.0.client).finish_non_exhaustive()
    }
}

impl SignedIn {
    /// After a sign-in.
    pub(crate) async fn new(
        client: Client,
        tokens: Tokens,
        device: Option<DeviceCredentials>,
        new_device: Option<NewDevice>,
    ) -> Result<Self> {
        let state = State::received(&client, tokens).await?;
        Ok(Self::with_state(client, state, device, new_device))
    }

    /// With tokens that were kept, verified; expired ones are renewed.
    pub(crate) async fn resume(client: &Client, tokens: Tokens) -> Result<Self> {
        match client.verifier().verify_both(&tokens).await {
            Ok((id, access)) => {
                Ok(Self::with_state(client.clone(), State::kept(tokens, id, access), None, None))
            }
            Err(Error::Token(TokenError::Expired)) if tokens.refresh_token().is_some() => {
                let user = Self::unverified(client, tokens)?;
                user.renew().await?;
                Ok(user)
            }
            Err(error) => Err(error),
        }
    }

    /// With tokens that were kept, as they are.
    pub(crate) fn unverified(client: &Client, tokens: Tokens) -> Result<Self> {
        Ok(Self::with_state(client.clone(), State::unverified(tokens)?, None, None))
    }

    fn with_state(
        client: Client,
        state: State,
        device: Option<DeviceCredentials>,
        new_device: Option<NewDevice>,
    ) -> Self {
        Self(Arc::new(Inner {
            client,
            state: RwLock::new(Some(Arc::new(state))),
            renewal: SingleFlight::default(),
            device: RwLock::new(device),
            new_device,
        }))
    }

    /// The client that signed in.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// println!("{}", alice.client().issuer());
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// The tokens as they are now, to be kept.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// let tokens = alice.tokens()?;
    /// let kept = (tokens.access_token(), tokens.id_token(), tokens.refresh_token());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::SignedOut`].
    pub fn tokens(&self) -> Result<Tokens> {
        Ok(self.state()?.tokens.clone())
    }

    /// What the ID token says.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// println!("{:?}", alice.id_claims()?.text("email"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::SignedOut`].
    pub fn id_claims(&self) -> Result<Claims> {
        Ok(self.state()?.id.clone())
    }

    /// What the access token says.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// if alice.access_claims()?.in_any_group(&["admins"]) {
    ///     println!("may enter");
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::SignedOut`].
    pub fn access_claims(&self) -> Result<Claims> {
        Ok(self.state()?.access.clone())
    }

    /// Whether the tokens' time is over.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// if alice.is_expired()? {
    ///     alice.renew().await?; // as every call does by itself
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::SignedOut`].
    pub fn is_expired(&self) -> Result<bool> {
        Ok(self.ends_within(&*self.state()?, Duration::ZERO))
    }

    /// An access token that is good for a while yet, renewed if it has to be.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// let header = format!("Bearer {}", alice.access_token().await?);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::SignedOut`]; [`TokenError::Expired`] without a refresh token; what [`SignedIn::renew`] answers.
    pub async fn access_token(&self) -> Result<String> {
        self.token(TokenKind::Access).await
    }

    /// An ID token that is good for a while yet, renewed if it has to be.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// let logins = ("cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab1Cd2Ef3", alice.id_token().await?);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`SignedIn::access_token`].
    pub async fn id_token(&self) -> Result<String> {
        self.token(TokenKind::Id).await
    }

    /// A token of a kind that is good for a while yet, renewed if it has to be.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// use poolhouse_client::TokenKind;
    ///
    /// let token = alice.token(TokenKind::Access).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`SignedIn::access_token`].
    pub async fn token(&self, kind: TokenKind) -> Result<String> {
        Ok(self.fresh().await?.tokens.get(kind).to_owned())
    }

    /// Renews the tokens if they have little time left; whether it did.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// if alice.check_token().await? {
    ///     println!("there are new tokens: {:?}", alice.tokens()?);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`SignedIn::access_token`].
    pub async fn check_token(&self) -> Result<bool> {
        let before = self.state()?;
        let now = self.fresh().await?;
        Ok(!Arc::ptr_eq(&before, &now))
    }

    /// Renews the tokens now. Callers at the same time share one renewal.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// alice.renew().await?; // with the groups as they are now
    /// println!("{:?}", alice.access_claims()?.groups());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::NotAuthorized`] if the refresh token is revoked or has expired, [`Error::RefreshTokenReused`],
    /// [`Error::UserDisabled`]; [`TokenError::NoRefreshToken`].
    pub async fn renew(&self) -> Result<()> {
        self.newer_than(&*self.state()?).await?;
        Ok(())
    }

    /// Signs the user out everywhere: every refresh token of the user is dead, and so are access tokens at the
    /// service itself. This handle and its clones end.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// alice.global_sign_out().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::NotAuthorized`] if the user was signed out already.
    pub async fn global_sign_out(self) -> Result<()> {
        let token = self.access_token().await?;
        self.client().sdk().global_sign_out().access_token(token).send().await?;
        self.end();
        Ok(())
    }

    /// Revokes this sign-in's refresh token and what was issued by it. This handle and its clones end.
    ///
    /// ```no_run
    /// # async fn show(alice: poolhouse_client::SignedIn) -> poolhouse_client::Result<()> {
    /// alice.revoke_token().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`TokenError::NoRefreshToken`]; [`Error::Unsupported`] if the app client does not allow it.
    pub async fn revoke_token(self) -> Result<()> {
        let state = self.state()?;
        let token = state.tokens.refresh_token().ok_or(TokenError::NoRefreshToken)?;
        let call = self.client().sdk().revoke_token().token(token).client_id(self.client().app()?);
        call.set_client_secret(self.client().client_secret().map(str::to_owned)).send().await?;
        self.end();
        Ok(())
    }

    /// Whether this is a clone of the other.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn device(&self) -> Option<DeviceCredentials> {
        self.0.device.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_device(&self, device: Option<DeviceCredentials>) {
        *self.0.device.write().unwrap_or_else(PoisonError::into_inner) = device;
    }

    /// Forgets the tokens.
    fn end(&self) {
        *self.0.state.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn state(&self) -> Result<Arc<State>> {
        self.0.state.read().unwrap_or_else(PoisonError::into_inner).clone().ok_or(Error::SignedOut)
    }

    fn set_state(&self, state: State) -> Arc<State> {
        let state = Arc::new(state);
        let mut held = self.0.state.write().unwrap_or_else(PoisonError::into_inner);
        // A sign-out that came in between stays.
        if held.is_some() {
            *held = Some(state.clone());
        }
        state
    }

    fn ends_within(&self, state: &State, margin: Duration) -> bool {
        let now = self.client().now();
        state.ends.is_none_or(|end| now.checked_add(margin).is_none_or(|soon| end <= soon))
    }

    /// The state with tokens that are good for a while yet.
    async fn fresh(&self) -> Result<Arc<State>> {
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

    /// The state after a renewal: one that another caller has made meanwhile, or one that is made now.
    async fn newer_than(&self, old: &State) -> Result<Arc<State>> {
        let made = || match self.state() {
            Ok(now) if now.tokens.access_token() == old.tokens.access_token() => None,
            other => Some(other),
        };
        let user = self.clone();
        self.0.renewal.run(made, || async move { user.renew_from(&*user.state()?).await }).await
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
                if matches!(error, Error::NotAuthorized(_) | Error::RefreshTokenReused(_)) {
                    // It is dead: those who come later need not ask again.
                    self.set_state(State { tokens: state.tokens.without_refresh(), ..state.clone() });
                }
                Err(error)
            }
        }
    }

    async fn ask_for_tokens(&self, state: &State, refresh: &str) -> Result<Tokens> {
        let client = self.client();
        let mut parameters = vec![("REFRESH_TOKEN", refresh.to_owned())];
        // authentication §4, observed: here the hash is over the real name, never an alias
        let name = state.access.username().or_else(|| state.id.username()).unwrap_or_default();
        if let Some(hash) = client.secret_hash(name) {
            parameters.push(("SECRET_HASH", hash));
        }
        // authentication §12.3, observed: tokens of a device are renewed for it alone
        let device = self.device().map(|d| d.key().to_owned());
        let device = device.or_else(|| state.access.device_key().map(str::to_owned));
        if let Some(device) = &device {
            parameters.push(("DEVICE_KEY", device.clone()));
        }
        let call = client.sdk().initiate_auth().auth_flow(AuthFlowType::RefreshTokenAuth);
        let call = parameters.into_iter().fold(call, |call, (name, value)| call.auth_parameters(name, value));
        let call = call.set_client_metadata(client.metadata().to_sdk());
        let result = match call.client_id(client.app()?).send().await.map_err(Error::from) {
            Ok(out) => out.authentication_result,
            // tokens §9: a client that rotates refresh tokens takes them by the newer operation only
            Err(Error::Unsupported(_)) => {
                let call = client.sdk().get_tokens_from_refresh_token().client_id(client.app()?);
                let call = call.refresh_token(refresh).set_device_key(device);
                let call = call.set_client_metadata(client.metadata().to_sdk());
                let call = call.set_client_secret(client.client_secret().map(str::to_owned));
                call.send().await?.authentication_result
            }
            Err(error) => return Err(error),
        };
        let result = result.ok_or_else(|| Error::Protocol("renewal gave no tokens".to_owned()))?;
        tokens_of(result).map(|(tokens, _)| tokens)
    }
}

fn may_wait(error: &Error) -> bool {
    error.is_retryable() || matches!(error, Error::Token(TokenError::NoRefreshToken))
}

impl State {
    /// Tokens that the service has just given, verified if the client verifies.
    ///
    /// They end after their lifetime by this clock, however far it is from the service's.
    async fn received(client: &Client, tokens: Tokens) -> Result<Self> {
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
    fn kept(tokens: Tokens, id: Claims, access: Claims) -> Self {
        let ends = id.expires_at().zip(access.expires_at()).map(|(id, access)| id.min(access));
        Self { tokens, id, access, ends }
    }

    fn unverified(tokens: Tokens) -> Result<Self> {
        let read = |token| jwt::decode(token)?.claims().map(Claims::new);
        let id = read(tokens.id_token()).map_err(|_| TokenError::Malformed)?;
        let access = read(tokens.access_token()).map_err(|_| TokenError::Malformed)?;
        Ok(Self::kept(tokens, id, access))
    }
}
