//! A client for Amazon Cognito user pools and for Poolhouse: sign-in, tokens, users and groups.
//!
//! What [pycognito](https://github.com/NabuCasa/pycognito) is to Python, on the AWS SDK for Rust: sign-in by SRP, so
//! that no password leaves the process; tokens that are verified and renew themselves; users, groups, passwords,
//! second factors and devices. Credentials, retries, time limits and the HTTP client are the SDK's.
//!
//! ```no_run
//! # async fn show() -> poolhouse_client::Result<()> {
//! use poolhouse_client::Client;
//!
//! let client = Client::builder("us-east-1_Ab1Cd2Ef3")
//!     .client_id("3n4b5urk1ft4fl3mg5e62d9ado")
//!     .endpoint_url("http://127.0.0.1:7665") // Poolhouse; leave it out for AWS
//!     .build()?;
//! let alice = client.sign_in("alice").password("Correct-Horse-7").send().await?.into_signed_in()?;
//! println!("{:?} is in {:?}", alice.user().await?.email(), alice.id_claims()?.groups());
//! # Ok(()) }
//! ```
//!
//! | to | begin with |
//! |---|---|
//! | sign in | [`Client::sign_in`], which answers a [`SignIn`]: tokens, or the next step |
//! | act as a user | [`SignedIn`] |
//! | administrate | [`Client::admin`], with AWS credentials |
//! | verify tokens of requests | [`Verifier`] |
//! | put tokens on requests | [`http::Authorization`] and the features `reqwest-middleware` and `tower` |
//!
//! | feature | gives |
//! |---|---|
//! | – | all but what follows; no feature is on by default |
//! | `reqwest-middleware` | [`http::Authorization`] as a middleware of `reqwest-middleware` |
//! | `tower` | [`http::Authorization`] as a layer for clients, `http::RequireToken` as one for servers |
//! | `axum` | the extractors `http::AccessToken` and `http::IdToken` |
//!
//! ```toml
//! [dependencies]
//! poolhouse-client = { version = "0.1", features = ["axum", "tower"] }
//! ```
//!
//! Handles are `Clone + Send + Sync`. Calls can be cancelled: a renewal goes on and serves the next caller.
//!
//! Every future needs a Tokio runtime, as the SDK does. A sign-in by SRP takes one to three milliseconds of
//! computation, once, on the task that signs in.

mod admin;
mod attributes;
mod client;
mod devices;
mod documents;
mod endpoint;
mod error;
pub mod http;
mod mfa;
mod names;
mod page;
mod records;
mod secret;
mod sign_in;
mod sign_up;
mod signed_in;
mod single_flight;
mod time;
mod tokens;

pub use admin::{
    Admin, CreateUserRequest, GroupRequest, IdentityProvider, Invitation, ListUsers, MembershipChange,
    MembershipError, ProviderRequest,
};
pub use attributes::{AttributeMap, Attributes};
pub use client::{Client, ClientBuilder};
pub use devices::{Device, DeviceCredentials, NewDevice};
pub use error::{Error, ErrorKind, Result, ServiceError, TokenError, TransportError};
pub use mfa::{MfaMethod, MfaPreference, TotpSecret};
pub use names::{Challenge, DeliveryMedium, ProviderKind, UserStatus};
pub use page::{Listing, Page};
pub use records::{CodeDelivery, Group, User};
pub use sign_in::{
    CodeStep, CustomStep, Flow, MfaSetupStep, NewPasswordStep, OtherStep, PasswordStep, PendingSignIn,
    SelectChallengeStep, SelectMfaTypeStep, SignIn, SignInRequest, SoftwareTokenSetup, WebAuthnStep,
};
pub use sign_up::{ConfirmSignUpRequest, SignUpRequest, SignedUp};
pub use signed_in::{SignedIn, WebAuthnCredential};
pub use tokens::{Claims, KeySource, TokenKind, Tokens, Verifier, VerifierBuilder};

/// The SDK underneath, whose types stand where they are good enough: challenges, statuses, credentials.
///
/// ```
/// use poolhouse_client::sdk::types::UserStatusType;
///
/// fn must_change(user: &poolhouse_client::User) -> bool {
///     user.status == Some(UserStatusType::ForceChangePassword)
/// }
/// ```
pub use aws_sdk_cognitoidentityprovider as sdk;
