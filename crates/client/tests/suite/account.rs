//! The AWS SDK for Rust as it is, at the one endpoint: `iam`, `sts` and `cognito-identity`, and what leads from a group to
//! credentials.

use aws_sdk_cognitoidentity::types::{
    AmbiguousRoleResolutionType, CognitoIdentityProvider, RoleMapping, RoleMappingType,
};
use aws_sdk_iam::error::ProvideErrorMetadata as _;
use poolhouse_client::sdk::config::{Credentials, SharedCredentialsProvider};
use poolhouse_client::{ErrorKind, IdentityPoolCredentials};
use serde_json::{Value, json};

use crate::world::{Pool, World};

/// The services of an account.
struct Account {
    iam: aws_sdk_iam::Client,
    sts: aws_sdk_sts::Client,
    identity: aws_sdk_cognitoidentity::Client,
}

/// The SDK's clients with these credentials.
macro_rules! sdk_client {
    ($sdk:ident, $world:ident, $endpoint:ident, $credentials:ident) => {{
        let config = $sdk::Config::builder()
            .behavior_version($sdk::config::BehaviorVersion::v2026_01_12())
            .region($sdk::config::Region::new($world.region().to_owned()))
            .endpoint_url($endpoint)
            .credentials_provider($credentials.clone());
        let time = $world.sdk().config().time_source().unwrap();
        $sdk::Client::from_conf(config.time_source(time).build())
    }};
}

impl Account {
    /// `None`, said aloud, at AWS, whose accounts have roles of their own.
    #[expect(clippy::needless_pass_by_value, reason = "each of several clients has it")]
    fn new(world: &World, credentials: SharedCredentialsProvider) -> Option<Self> {
        let endpoint = world.account_endpoint()?;
        Some(Self {
            iam: sdk_client!(aws_sdk_iam, world, endpoint, credentials),
            sts: sdk_client!(aws_sdk_sts, world, endpoint, credentials),
            identity: sdk_client!(aws_sdk_cognitoidentity, world, endpoint, credentials),
        })
    }

    fn of_root(world: &World) -> Option<Self> {
        Self::new(world, SharedCredentialsProvider::new(world.credentials()))
    }

    async fn caller(&self) -> String {
        self.sts.get_caller_identity().send().await.unwrap().arn.unwrap()
    }

    /// Makes a role that these may take, and that may do this with all things.
    async fn role(&self, name: &str, trust: &Value, action: &str) -> String {
        let role = self.iam.create_role().role_name(name).assume_role_policy_document(trust.to_string());
        let role = role.send().await.unwrap().role.unwrap();
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": { "Effect": "Allow", "Action": action, "Resource": "*" },
        });
        let put = self.iam.put_role_policy().role_name(name).policy_name("own");
        put.policy_document(policy.to_string()).send().await.unwrap();
        role.arn
    }

    async fn delete_role(&self, name: &str) {
        self.iam.delete_role_policy().role_name(name).policy_name("own").send().await.unwrap();
        self.iam.delete_role().role_name(name).send().await.unwrap();
    }
}

/// Whom a role trusts.
fn trust(principal: &Value, action: &str, condition: &Value) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow", "Principal": principal, "Action": action, "Condition": condition,
        },
    })
}

/// A name that no other test has.
fn own(pool: &Pool<'_>, name: &str) -> String {
    format!("{name}-{}", pool.id)
}

/// An identity pool of the user pool's, with roles for guests, for users and for a group.
async fn identity_pool(account: &Account, pool: &Pool<'_>) -> String {
    let login = format!("cognito-idp.{}.amazonaws.com/{}", pool.world.region(), pool.id);
    let app = pool.client.client_id().unwrap();
    let provider = CognitoIdentityProvider::builder().provider_name(&login).client_id(app).build();
    let made = account.identity.create_identity_pool().identity_pool_name("shop");
    let made = made.allow_unauthenticated_identities(true).cognito_identity_providers(provider);
    let id = made.send().await.unwrap().identity_pool_id;
    let federated = json!({ "Federated": "cognito-identity.amazonaws.com" });
    let condition = json!({ "StringEquals": { "cognito-identity.amazonaws.com:aud": id } });
    let trust = trust(&federated, "sts:AssumeRoleWithWebIdentity", &condition);
    let guests = account.role(&own(pool, "guests"), &trust, "cognito-identity:*").await;
    let users = account.role(&own(pool, "users"), &trust, "cognito-idp:DescribeUserPool").await;
    let editors = account.role(&own(pool, "editors"), &trust, "cognito-idp:ListGroups").await;
    let mapping = RoleMapping::builder().r#type(RoleMappingType::Token);
    let mapping = mapping.ambiguous_role_resolution(AmbiguousRoleResolutionType::AuthenticatedRole);
    let roles = account.identity.set_identity_pool_roles().identity_pool_id(&id);
    let roles = roles.roles("authenticated", users).roles("unauthenticated", guests);
    roles.role_mappings(format!("{login}:{app}"), mapping.build().unwrap()).send().await.unwrap();
    pool.admin.create_group("editors").role_arn(editors).precedence(1).send().await.unwrap();
    id
}

/// Who one is with these credentials.
async fn who(world: &World, credentials: &IdentityPoolCredentials) -> String {
    Account::new(world, SharedCredentialsProvider::new(credentials.clone())).unwrap().caller().await
}

rows! {
    /// A user of `editors` gets the role's credentials, may do what the role's policy allows, and is refused the rest.
    async fn x_from_a_group_to_credentials(world) {
        let Some(account) = Account::of_root(world) else { return };
        let pool = world.pool().await;
        let id = identity_pool(&account, &pool).await;
        let alice = pool.signed_in("alice").await;
        let plain = alice.credentials(&id).unwrap();
        let arn = who(world, &plain).await;
        assert!(arn.contains(&format!(":assumed-role/{}/", own(&pool, "users"))), "{arn}");

        pool.admin.add_user_to_group("alice", "editors").await.unwrap();
        alice.renew().await.unwrap();
        let editor = alice.credentials(&id).unwrap();
        let arn = who(world, &editor).await;
        assert!(arn.contains(&format!(":assumed-role/{}/", own(&pool, "editors"))), "{arn}");
        assert_eq!(editor.identity_id().await.unwrap(), plain.identity_id().await.unwrap());
        let client = world.builder(&pool.id).credentials(editor).build().unwrap();
        let admin = client.admin().unwrap();
        assert_eq!(admin.list_groups().all().await.unwrap().len(), 1);
        let refused = admin.create_group("others").send().await.unwrap_err();
        assert_eq!(refused.kind(), Some(ErrorKind::AccessDenied));
        let foreign = alice.credentials(&id).unwrap().with_role_arn("arn:aws:iam::123456789012:role/others");
        assert_eq!(foreign.get().await.unwrap_err().kind(), Some(ErrorKind::NotAuthorized));

        account.identity.delete_identity_pool().identity_pool_id(&id).send().await.unwrap();
        for name in ["guests", "users", "editors"] {
            account.delete_role(&own(&pool, name)).await;
        }
    }

    /// Guests are somebody, too, and stay the same when they sign in.
    async fn x_a_guest_becomes_a_user(world) {
        let Some(account) = Account::of_root(world) else { return };
        let pool = world.pool().await;
        let id = identity_pool(&account, &pool).await;
        let guest = pool.client.guest_credentials(&id).unwrap();
        let arn = who(world, &guest).await;
        assert!(arn.contains(&format!(":assumed-role/{}/", own(&pool, "guests"))), "{arn}");
        let identity = guest.identity_id().await.unwrap();
        let other = pool.client.guest_credentials(&id).unwrap().identity_id().await.unwrap();
        assert_ne!(identity, other);
        let alice = pool.signed_in("alice").await.credentials(&id).unwrap().with_identity_id(&identity);
        let arn = who(world, &alice).await;
        assert!(arn.contains(&format!(":assumed-role/{}/", own(&pool, "users"))), "{arn}");
        assert_eq!(alice.identity_id().await.unwrap(), identity);
        // Without the login the identity is closed now.
        let guest = guest.with_identity_id(&identity);
        assert_eq!(guest.get().await.unwrap_err().kind(), Some(ErrorKind::NotAuthorized));

        account.identity.delete_identity_pool().identity_pool_id(&id).send().await.unwrap();
        let gone = pool.client.guest_credentials(&id).unwrap().get().await.unwrap_err();
        assert_eq!(gone.kind(), Some(ErrorKind::NotFound));
        for name in ["guests", "users", "editors"] {
            account.delete_role(&own(&pool, name)).await;
        }
    }

    /// A user of the account takes a role, and errors of the Query protocol are read as AWS's.
    async fn x_iam_and_sts_by_the_sdk(world) {
        let Some(account) = Account::of_root(world) else { return };
        let pool = world.pool().await;
        assert!(account.caller().await.ends_with(":root"));
        let name = own(&pool, "operator");
        let user = account.iam.create_user().user_name(&name).send().await.unwrap().user.unwrap();
        let trust = trust(&json!({ "AWS": user.arn }), "sts:AssumeRole", &json!({}));
        let role = account.role(&own(&pool, "deployer"), &trust, "cognito-idp:*").await;
        let key = account.iam.create_access_key().user_name(&name).send().await.unwrap().access_key.unwrap();
        let keys = Credentials::new(&key.access_key_id, &key.secret_access_key, None, None, "tests");
        let operator = Account::new(world, SharedCredentialsProvider::new(keys)).unwrap();
        assert_eq!(operator.caller().await, user.arn);
        let refused = operator.iam.create_user().user_name("other").send().await.unwrap_err();
        assert_eq!(refused.code(), Some("AccessDenied"));
        let missing = account.iam.get_role().role_name("nobody").send().await.unwrap_err();
        assert!(missing.as_service_error().unwrap().is_no_such_entity_exception());

        let taken = operator.sts.assume_role().role_arn(&role).role_session_name("deploy").send().await.unwrap();
        let keys = taken.credentials.unwrap();
        let keys = Credentials::new(keys.access_key_id, keys.secret_access_key, Some(keys.session_token), None, "tests");
        let deployer = world.builder(&pool.id).credentials(keys.clone()).build().unwrap().admin().unwrap();
        assert!(deployer.list_groups().all().await.unwrap().is_empty());
        let arn = Account::new(world, SharedCredentialsProvider::new(keys)).unwrap().caller().await;
        assert!(arn.ends_with(&format!(":assumed-role/{}/deploy", own(&pool, "deployer"))), "{arn}");

        let key = account.iam.delete_access_key().user_name(&name).access_key_id(key.access_key_id);
        key.send().await.unwrap();
        account.iam.delete_user().user_name(&name).send().await.unwrap();
        account.delete_role(&own(&pool, "deployer")).await;
    }
}
