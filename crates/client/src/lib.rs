//! A client for Amazon Cognito user pools and for Poolhouse: sign-in, tokens, users and groups.
//!
//! What [pycognito](https://github.com/NabuCasa/pycognito) is to Python, on the AWS SDK for Rust: sign-in by SRP, so
//! that no password leaves the process; tokens that are verified and renew themselves; users, groups, passwords,
//! second factors and devices. Credentials, retries, time limits and the HTTP client are the SDK's.
//!
//! ```no_run
//! # mod aws_config { pub async fn load_from_env() -> aws_types::SdkConfig { aws_types::SdkConfig::builder().build() } }
//! # async fn show() -> poolhouse_client::Result<()> {
//! use poolhouse_client::Client;
//!
//! let client = Client::builder("us-east-1_Ab1Cd2Ef3")
//!     .client_id("3n4b5urk1ft4fl3mg5e62d9ado")
//!     .sdk_config(&aws_config::load_from_env().await) // for administrators; users need none of it
//!     .build()?;
//! client.admin()?.add_user_to_group("alice", "staff").await?;
//!
//! let alice = client.sign_in("alice").password("Correct-Horse-7").send().await?.into_signed_in()?;
//! println!("{:?} is in {:?}", alice.user().await?.email(), alice.id_claims()?.groups());
//! # Ok(()) }
//! ```
//!
//! For Poolhouse give its address too, by [`ClientBuilder::endpoint_url`] or in the environment's `AWS_ENDPOINT_URL`. The
//! [guide](https://github.com/poolhouse/poolhouse/tree/main/docs/client) has a page for each subject.
//!
//! | to | begin with |
//! |---|---|
//! | sign in | [`Client::sign_in`], which answers a [`SignIn`]: tokens, or the next step |
//! | sign in by a browser | [`Client::authorize`], and [`LoopbackListener`] in programs of the command line |
//! | act as a user | [`SignedIn`] |
//! | get AWS credentials of an identity pool | [`SignedIn::credentials`], [`Client::guest_credentials`] |
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
//! Handles are `Clone + Send + Sync`. Calls can be cancelled: a renewal goes on and serves the next caller, and so does
//! [`Admin::replace_group_membership`]. Every call ends, after 45 seconds at the latest unless
//! [`ClientBuilder::timeout`] or the SDK's configuration says otherwise.
//!
//! Every future needs a Tokio runtime, as the SDK does. A sign-in by SRP takes one to three milliseconds of
//! computation, once, on the task that signs in.

mod admin;
mod attributes;
mod client;
mod code_flow;
mod devices;
mod documents;
mod domain;
mod endpoint;
mod error;
pub mod http;
mod identity_pool;
mod kept;
mod mfa;
mod names;
mod page;
mod post;
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
pub use code_flow::{AuthorizationRequest, LoopbackListener, PendingAuthorization};
pub use devices::{Device, DeviceCredentials, NewDevice};
pub use error::{Error, ErrorKind, RedirectError, Result, ServiceError, TokenError, TransportError};
pub use identity_pool::IdentityPoolCredentials;
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

/// The SDK underneath, for what this library has no words for: credentials, app clients, and every other operation
/// ([`Client::sdk`]).
///
/// ```no_run
/// # async fn show(client: poolhouse_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use poolhouse_client::sdk::types::ExplicitAuthFlowsType;
///
/// let app = client.sdk().create_user_pool_client().user_pool_id(client.pool_id()).client_name("web");
/// let app = app.explicit_auth_flows(ExplicitAuthFlowsType::AllowUserSrpAuth).send().await?;
/// # Ok(()) }
/// ```
pub use aws_sdk_cognitoidentityprovider as sdk;

/// The pages of the guide, whose examples are compiled with those of this documentation.
#[cfg(all(doctest, feature = "axum", feature = "reqwest-middleware", feature = "tower"))]
mod guide {
    macro_rules! pages {
        ($($name:ident = $path:literal,)+) => { $(#[doc = include_str!($path)] struct $name;)+ };
    }

    pages! {
        Readme = "../../../README.md",
        Overview = "../../../docs/client/README.md",
        Authentication = "../../../docs/client/authentication.md",
        Browser = "../../../docs/client/browser.md",
        Credentials = "../../../docs/client/credentials.md",
        Devices = "../../../docs/client/devices.md",
        Errors = "../../../docs/client/errors.md",
        Groups = "../../../docs/client/groups.md",
        Http = "../../../docs/client/http.md",
        Mfa = "../../../docs/client/mfa.md",
        Passwords = "../../../docs/client/passwords.md",
        Settings = "../../../docs/client/settings.md",
        Srp = "../../../docs/client/srp.md",
        Users = "../../../docs/client/users.md",
        Testing = "../../../docs/testing.md",
    }
}
