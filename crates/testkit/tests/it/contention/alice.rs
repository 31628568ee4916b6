//! Alice, in a pool with a client.

use poolhouse_testkit::TestServer;
use serde_json::{Value, json};

use super::world::{World, with};

/// Attributes that one caller each changes.
pub(crate) const ATTRIBUTES: [&str; 8] =
    ["family_name", "gender", "given_name", "locale", "middle_name", "name", "nickname", "zoneinfo"];

/// Alice, who has an address and a telephone.
pub(crate) struct Alice<'a> {
    pub(crate) server: &'a TestServer,
    pub(crate) pool: String,
    pub(crate) client: String,
}

impl<'a> Alice<'a> {
    pub(crate) async fn new(world: &'a World) -> Self {
        Self::with(world, json!({}), json!({})).await
    }

    /// In a pool and with a client of these settings.
    pub(crate) async fn with(world: &'a World, pool: Value, client: Value) -> Self {
        let server = world.server();
        let pool = server.pool(pool).await;
        let client = server.client(&pool, client).await;
        let addresses = json!({
            "email": "alice@example.com", "email_verified": "true",
            "phone_number": "+12065550100", "phone_number_verified": "true",
        });
        server.user(&pool, "alice", addresses).await;
        Self { server, pool, client }
    }

    /// An input of administrators that names her.
    pub(crate) fn named(&self, more: Value) -> Value {
        with(&json!({ "UserPoolId": self.pool, "Username": "alice" }), more)
    }

    /// Her tokens.
    pub(crate) async fn sign_in(&self) -> Value {
        self.server.sign_in(&self.client, "alice").await
    }

    /// An input with an access token of hers.
    pub(crate) async fn own(&self, more: Value) -> Value {
        with(&json!({ "AccessToken": self.sign_in().await["AccessToken"] }), more)
    }

    /// What administrators see of her.
    pub(crate) async fn shown(&self) -> Value {
        self.server.admin().ok("AdminGetUser", self.named(json!({}))).await
    }

    /// Whether she has all of [`ATTRIBUTES`], or none.
    pub(crate) async fn assert_attributes(&self, there: bool) {
        let shown = self.shown().await;
        let names: Vec<_> = shown["UserAttributes"].as_array().unwrap().iter().map(|a| &a["Name"]).collect();
        for name in ATTRIBUTES {
            assert_eq!(names.contains(&&json!(name)), there, "{name} in {names:?}");
        }
    }

    /// Gives her all of [`ATTRIBUTES`].
    pub(crate) async fn give_attributes(&self) {
        let all = ATTRIBUTES.map(|name| json!({ "Name": name, "Value": "x" }));
        self.server
            .admin()
            .ok("AdminUpdateUserAttributes", self.named(json!({ "UserAttributes": all })))
            .await;
    }
}

/// A pool whose users need no password, and 64 of them, named `u0` to `u63`.
pub(crate) async fn crowd(world: &World) -> String {
    let factors = json!({ "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] });
    let pool = world.server().pool(json!({ "Policies": { "SignInPolicy": factors } })).await;
    let user = json!({ "UserPoolId": pool, "MessageAction": "SUPPRESS" });
    world.at_once("AdminCreateUser", crate::contention::world::each(&user, "Username", "u")).await.all();
    pool
}
