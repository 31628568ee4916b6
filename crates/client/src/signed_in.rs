//! A user who is signed in: tokens that renew themselves, and what users do for themselves.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use crate::client::Client;
use crate::devices::{DeviceCredentials, NewDevice};
use crate::error::{Error, Result, TokenError};
use crate::single_flight::SingleFlight;
use crate::tokens::{Claims, TokenKind, Tokens};

mod devices;
mod mfa;
mod passkeys;
mod profile;
mod renewal;

use renewal::State;

pub use passkeys::WebAuthnCredential;

/// A user who is signed in. Clones share the tokens.
///
/// Every call takes an access token that is good for a while yet; the first of many callers renews it, and the
/// others wait for that one renewal. A caller who is cancelled does not stop it.
///
/// ```no_run
/// # async fn show(client: poolhouse_client::Client) -> poolhouse_client::Result<()> {
/// let alice = client.sign_in("alice").password("Correct-Horse-7").send().await?.into_signed_in()?;
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

    /// After a sign-in at the pool's domain, whose ID token answers this nonce (OpenID Connect Core §3.1.3.7).
    pub(crate) async fn answering(client: Client, tokens: Tokens, nonce: &str) -> Result<Self> {
        let state = State::received(&client, tokens).await?;
        if state.id.text("nonce") != Some(nonce) {
            return Err(TokenError::WrongNonce.into());
        }
        Ok(Self::with_state(client, state, None, None))
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
        let limit = client.limit();
        Self(Arc::new(Inner {
            client,
            state: RwLock::new(Some(Arc::new(state))),
            renewal: SingleFlight::new(limit),
            device: RwLock::new(device),
            new_device,
        }))
    }

    /// The client that signed in.
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
    /// if alice.access_claims()?.in_any_group(["admins"]) {
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
    ///     let to_keep = alice.tokens()?;
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
    /// [`ErrorKind::NotAuthorized`](crate::ErrorKind::NotAuthorized) if the refresh token is revoked or has expired, [`ErrorKind::RefreshTokenReused`](crate::ErrorKind::RefreshTokenReused),
    /// [`ErrorKind::UserDisabled`](crate::ErrorKind::UserDisabled); [`TokenError::NoRefreshToken`].
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
    /// [`ErrorKind::NotAuthorized`](crate::ErrorKind::NotAuthorized) if the user was signed out already.
    pub async fn global_sign_out(self) -> Result<()> {
        self.call(|sdk, token| sdk.global_sign_out().access_token(token).send()).await?;
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
    /// [`TokenError::NoRefreshToken`]; [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) if the app client does not allow it.
    pub async fn revoke_token(self) -> Result<()> {
        let state = self.state()?;
        let token = state.tokens.refresh_token().ok_or(TokenError::NoRefreshToken)?;
        if let Some(domain) = self.domain(&state) {
            domain.revoke(self.client(), token).await?;
            self.end();
            return Ok(());
        }
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
}
