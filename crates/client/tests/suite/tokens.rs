//! Tokens: C10 to C15, C45, C46, E1 to E11.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use poolhouse_client::sdk::config::Intercept;
use poolhouse_client::sdk::config::interceptors::BeforeTransmitInterceptorContextRef as BeforeTransmit;
use poolhouse_client::sdk::config::{ConfigBag, RuntimeComponents};
use poolhouse_client::sdk::error::BoxError;
use poolhouse_client::sdk::types::{
    FeatureType, RefreshTokenRotationType, TimeUnitsType, TokenValidityUnitsType,
};
use poolhouse_client::{Client, Error, ErrorKind, KeySource, SignedIn, TokenError, TokenKind, Tokens};

use crate::world::{PASSWORD, Pool, World, all_at_once};

/// How long the access tokens of these tests live, in minutes.
const MINUTES: i32 = 5;

/// A user of an app client with short access tokens.
async fn short_lived(pool: &Pool<'_>) -> (Client, SignedIn) {
    let units = TokenValidityUnitsType::builder().access_token(TimeUnitsType::Minutes);
    let units = units.id_token(TimeUnitsType::Minutes).build();
    let client = pool
        .app(|app| app.access_token_validity(MINUTES).id_token_validity(MINUTES).token_validity_units(units))
        .await;
    pool.user("alice").await;
    let alice = client.sign_in("alice").password(PASSWORD).send().await.unwrap().into_signed_in().unwrap();
    (client, alice)
}

/// Counts the requests of a client.
#[derive(Clone, Debug, Default)]
struct Counter(Arc<AtomicUsize>);

impl Counter {
    fn take(&self) -> usize {
        self.0.swap(0, Ordering::Relaxed)
    }
}

impl Intercept for Counter {
    fn name(&self) -> &'static str {
        "Counter"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmit<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// The same user, seen through a client whose requests are counted.
fn counted(world: &World, client: &Client, tokens: Tokens) -> (SignedIn, Counter) {
    let counter = Counter::default();
    let config = client.sdk().config().to_builder().interceptor(counter.clone()).build();
    let client = world.builder(client.pool_id()).client_id(client.client_id().unwrap());
    let client = client.sdk_config(config).build().unwrap();
    (client.with_unverified_tokens(tokens).unwrap(), counter)
}

rows! {
    async fn c10_logout(world) {
        let pool = world.pool().await;
        let alice = pool.signed_in("alice").await;
        let (clone, kept) = (alice.clone(), alice.tokens().unwrap());
        alice.global_sign_out().await.unwrap();
        assert!(matches!(clone.tokens(), Err(Error::SignedOut)));
        assert!(matches!(clone.user().await, Err(Error::SignedOut)));
        let late = pool.client.with_tokens(kept).await.unwrap();
        let revoked = late.user().await.unwrap_err();
        assert_eq!(revoked.service().unwrap().message, "Access Token has been revoked");
        assert!(matches!(late.renew().await, Err(Error::Service { kind: ErrorKind::NotAuthorized, .. })));
        // The refresh token is dead and not tried again.
        assert!(matches!(late.renew().await, Err(Error::Token(TokenError::NoRefreshToken))));
    }

    /// Not in pycognito: one sign-in ends, the others go on.
    async fn c10_revoke_one_sign_in(world) {
        let pool = world.pool().await;
        let (one, other) = (pool.signed_in("alice").await, pool.sign_in("alice").await);
        one.revoke_token().await.unwrap();
        other.user().await.unwrap();
        other.renew().await.unwrap();
    }

    async fn c11_renew_access_token(world) {
        let pool = world.pool().await;
        let alice = pool.signed_in("alice").await;
        let before = alice.tokens().unwrap();
        alice.renew().await.unwrap();
        let after = alice.tokens().unwrap();
        assert_ne!(before.access_token(), after.access_token());
        assert_eq!(before.refresh_token(), after.refresh_token());
        alice.user().await.unwrap();
    }

    /// A client that rotates refresh tokens takes them by GetTokensFromRefreshToken.
    async fn c11_renewal_with_rotation(world) {
        let pool = world.pool().await;
        pool.user("alice").await;
        let rotation = RefreshTokenRotationType::builder().feature(FeatureType::Enabled).build().unwrap();
        let client = pool
            .app(|app| {
                let flows = app.get_explicit_auth_flows().clone().unwrap_or_default().into_iter();
                let flows = flows.filter(|flow| flow.as_str() != "ALLOW_REFRESH_TOKEN_AUTH").collect();
                app.set_explicit_auth_flows(Some(flows)).refresh_token_rotation(rotation).generate_secret(true)
            })
            .await;
        let alice = client.sign_in("alice").password(PASSWORD).send().await.unwrap().into_signed_in().unwrap();
        let first = alice.tokens().unwrap();
        alice.renew().await.unwrap();
        assert_ne!(alice.tokens().unwrap().refresh_token(), first.refresh_token());
        alice.renew().await.unwrap();
        let spent = client.with_tokens(first).await.unwrap().renew().await;
        assert!(matches!(spent, Err(Error::Service { kind: ErrorKind::RefreshTokenReused, .. } | Error::Service { kind: ErrorKind::NotAuthorized, .. })), "{spent:?}");
    }

    async fn c12_check_token(world) {
        let pool = world.pool().await;
        let (_, alice) = short_lived(&pool).await;
        assert!(!alice.check_token().await.unwrap());
        if !world.advance(MINUTES as u32 * 60) {
            return;
        }
        assert!(alice.is_expired().unwrap());
        assert!(alice.check_token().await.unwrap());
        assert!(!alice.is_expired().unwrap());
        assert!(!alice.check_token().await.unwrap());
    }

    /// pycognito has no margin: a token may end between the check and its use.
    async fn c12_tokens_are_renewed_before_they_end(world) {
        let pool = world.pool().await;
        let (_, alice) = short_lived(&pool).await;
        let first = alice.access_token().await.unwrap();
        if !world.advance(MINUTES as u32 * 60 - 61) {
            return;
        }
        assert_eq!(alice.access_token().await.unwrap(), first);
        world.advance(1);
        assert!(!alice.is_expired().unwrap());
        assert_ne!(alice.access_token().await.unwrap(), first);
    }

    async fn c12_an_expired_token_without_refresh_token(world) {
        let pool = world.pool().await;
        let (client, alice) = short_lived(&pool).await;
        let kept = alice.tokens().unwrap();
        let kept = Tokens::new(kept.access_token(), kept.id_token(), None);
        let alone = client.with_tokens(kept.clone()).await.unwrap();
        if !world.advance(MINUTES as u32 * 60) {
            return;
        }
        assert!(matches!(alone.access_token().await, Err(Error::Token(TokenError::Expired))));
        assert!(matches!(client.with_tokens(kept).await, Err(Error::Token(TokenError::Expired))));
    }

    /// Many callers, one renewal.
    async fn c12_renewal_happens_once_for_many_callers(world) {
        let pool = world.pool().await;
        let (client, alice) = short_lived(&pool).await;
        let (alice, requests) = counted(world, &client, alice.tokens().unwrap());
        if !world.advance(MINUTES as u32 * 60) {
            return;
        }
        let tokens = all_at_once(50, || {
            let alice = alice.clone();
            async move { alice.access_token().await.unwrap() }
        })
        .await;
        assert!(tokens.iter().all(|token| *token == tokens[0]));
        assert_eq!(requests.take(), 1);
        all_at_once(50, || {
            let alice = alice.clone();
            async move { alice.renew().await.unwrap() }
        })
        .await;
        assert_eq!(requests.take(), 1);
    }

    /// A refresh token that is refused is not tried once for each caller.
    async fn c12_a_dead_refresh_token_is_tried_once(world) {
        let pool = world.pool().await;
        let (client, alice) = short_lived(&pool).await;
        let (alice, requests) = counted(world, &client, alice.tokens().unwrap());
        pool.admin.global_sign_out("alice").await.unwrap();
        if !world.advance(MINUTES as u32 * 60) {
            return;
        }
        let answers = all_at_once(20, || {
            let alice = alice.clone();
            async move { alice.access_token().await.is_err() }
        })
        .await;
        assert!(answers.into_iter().all(|refused| refused));
        assert_eq!(requests.take(), 1);
    }

    async fn c13_c14_verify_tokens(world) {
        let pool = world.pool().await;
        let alice = pool.signed_in("alice").await;
        let tokens = alice.tokens().unwrap();
        let verifier = pool.client.verifier();
        let id = verifier.verify_id(tokens.id_token()).await.unwrap();
        assert_eq!(id, alice.id_claims().unwrap());
        verifier.verify_access(tokens.access_token()).await.unwrap();
        let swapped = verifier.verify_id(tokens.access_token()).await;
        assert!(matches!(swapped, Err(Error::Token(TokenError::WrongUse))));
        let swapped = Tokens::new(tokens.id_token(), tokens.access_token(), None);
        assert!(pool.client.with_tokens(swapped).await.is_err());
        let nothing = pool.client.with_tokens(Tokens::new("", "", None)).await;
        assert!(matches!(nothing, Err(Error::Token(TokenError::Malformed))));
    }

    async fn c14_tokens_of_another_client_and_of_another_pool(world) {
        let (pool, other) = (world.pool().await, world.pool().await);
        let tokens = pool.signed_in("alice").await.tokens().unwrap();
        let foreign = pool.app(|app| app).await.verifier().verify_id(tokens.id_token()).await;
        assert!(matches!(foreign, Err(Error::Token(TokenError::WrongClient))), "{foreign:?}");
        let foreign = other.client.verifier().verify(tokens.access_token(), TokenKind::Access).await;
        assert!(matches!(foreign, Err(Error::Token(TokenError::WrongIssuer))), "{foreign:?}");
    }

    /// Tokens that were kept and have expired are renewed on the way in.
    async fn c14_expired_tokens_that_were_kept(world) {
        let pool = world.pool().await;
        let (client, alice) = short_lived(&pool).await;
        let kept = alice.tokens().unwrap();
        if !world.advance(MINUTES as u32 * 60) {
            return;
        }
        let alice = client.with_tokens(kept.clone()).await.unwrap();
        assert_ne!(alice.tokens().unwrap(), kept);
    }

    /// E3, E4: keys are fetched once; an unknown `kid` fetches them anew, but not each time.
    async fn c15_e4_keys_are_kept_and_fetched_anew(world) {
        let (pool, other) = (world.pool().await, world.pool().await);
        let tokens = pool.signed_in("alice").await.tokens().unwrap();
        let verifier = pool.client.verifier();
        for _ in 0..3 {
            verifier.verify_id(tokens.id_token()).await.unwrap();
        }
        // A token that names this issuer and another pool's key.
        let foreign = other.signed_in("bob").await.tokens().unwrap();
        let header = foreign.id_token().split('.').next().unwrap();
        let (_, rest) = tokens.id_token().split_once('.').unwrap();
        let unknown = verifier.verify_id(&format!("{header}.{rest}")).await;
        assert!(matches!(unknown, Err(Error::Token(TokenError::UnknownKey))), "{unknown:?}");
        verifier.verify_id(tokens.id_token()).await.unwrap();
    }

    /// C15, COGNITO_JWKS: a given document wins over the network.
    async fn c15_keys_from_a_document(world) {
        let pool = world.pool().await;
        let tokens = pool.signed_in("alice").await.tokens().unwrap();
        let url = format!("{}/.well-known/jwks.json", pool.client.issuer());
        let document = reqwest::get(url).await.unwrap().text().await.unwrap();
        let builder = || world.builder(&pool.id).client_id(pool.client.client_id().unwrap());
        let client = builder().key_source(KeySource::Document(document)).build().unwrap();
        client.verifier().verify_id(tokens.id_token()).await.unwrap();
        let none = builder().key_source(KeySource::Document(r#"{"keys":[]}"#.to_owned())).build().unwrap();
        let unknown = none.verifier().verify_id(tokens.id_token()).await;
        assert!(matches!(unknown, Err(Error::Token(TokenError::UnknownKey))));
    }

    async fn c15_an_issuer_that_does_not_answer(world) {
        let pool = world.pool().await;
        let tokens = pool.signed_in("alice").await.tokens().unwrap();
        let builder = world.builder(&pool.id).client_id(pool.client.client_id().unwrap());
        let client = builder.endpoint_url("http://127.0.0.1:1").issuer(pool.client.issuer()).build().unwrap();
        // Keys come from the issuer, wherever the endpoint is.
        client.verifier().verify_id(tokens.id_token()).await.unwrap();
        let error = client.sign_in("alice").password(PASSWORD).send().await.unwrap_err();
        assert!(matches!(&error, Error::Transport(_)) && error.is_retryable(), "{error}");
    }

    /// E10, E11: what a program believes without asking.
    async fn e11_tokens_may_go_unverified(world) {
        let pool = world.pool().await;
        pool.user("alice").await;
        let builder = pool.app_builder(|app| app).await.without_token_verification().issuer("https://elsewhere");
        let client = builder.build().unwrap();
        let alice = client.sign_in("alice").password(PASSWORD).send().await.unwrap().into_signed_in().unwrap();
        assert_eq!(alice.id_claims().unwrap().username(), Some("alice"));
        let verified = client.with_tokens(alice.tokens().unwrap()).await;
        assert!(matches!(verified, Err(Error::Token(TokenError::WrongIssuer))));
    }

    async fn e9_a_clock_that_is_behind(world) {
        let pool = world.pool().await;
        let (client, alice) = short_lived(&pool).await;
        let tokens = alice.tokens().unwrap();
        if !world.advance(MINUTES as u32 * 60) {
            return;
        }
        let expired = client.verifier().verify_id(tokens.id_token()).await;
        assert!(matches!(expired, Err(Error::Token(TokenError::Expired))));
        let builder = world.builder(&pool.id).client_id(client.client_id().unwrap());
        let lenient = builder.leeway(Duration::from_secs(60)).build().unwrap();
        lenient.verifier().verify_id(tokens.id_token()).await.unwrap();
    }

    /// C46, E1: the issuer follows from the endpoint, and tokens name it.
    async fn c46_user_pool_url(world) {
        let pool = world.pool().await;
        let alice = pool.signed_in("alice").await;
        assert_eq!(alice.id_claims().unwrap().text("iss"), Some(pool.client.issuer()));
        assert!(pool.client.issuer().ends_with(&format!("/{}", pool.id)));
        assert!(!world.region().is_empty());
    }

    /// C45: pycognito's `switch_session` loses endpoint and region; a second client keeps both.
    async fn c45_other_credentials_are_another_client(world) {
        let pool = world.pool().await;
        let other = world.builder(&pool.id).credentials(world.credentials()).build().unwrap();
        other.admin().unwrap().list_users().send().all().await.unwrap();
        let nobody = poolhouse_client::sdk::config::Credentials::new("nobody", "nothing", None, None, "tests");
        let refused = world.builder(&pool.id).credentials(nobody).build().unwrap().admin().unwrap();
        assert!(refused.list_users().send().all().await.is_err());
    }
}
