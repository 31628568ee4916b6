//! What the audit is told of calls (decision 62).

use std::pin::Pin;
use std::slice;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use poolhouse_api::audit::{Audit, Record, Settings, Trail};
use poolhouse_testkit::sign::Keys;
use poolhouse_testkit::{Database, TestServer, element};
use poolhouse_wire::{HIDDEN, iam, sts};
use serde_json::{Value, json};

/// A value that is in no record.
const SECRET: &str = "Sesame-0pen-77";

/// Keeps what it is told in memory.
#[derive(Clone, Default)]
struct Memory {
    records: Arc<Mutex<Vec<Value>>>,
    failing: Arc<AtomicBool>,
    /// Whether there is room again when the next record comes.
    mending: Arc<AtomicBool>,
}

impl Trail for Memory {
    fn put(&self, record: Record) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        if self.mending.load(Ordering::Relaxed) {
            self.failing.store(false, Ordering::Relaxed);
        }
        self.records.lock().unwrap().push(serde_json::to_value(&record).unwrap());
        Box::pin(std::future::ready(()))
    }

    fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }
}

impl Memory {
    /// What it was told since it was last asked.
    fn take(&self) -> Vec<Value> {
        std::mem::take(&mut *self.records.lock().unwrap())
    }

    /// Names and errors of what it was told.
    fn names(&self) -> Vec<(String, Option<String>)> {
        let text = |record: &Value, member: &str| record[member].as_str().map(str::to_owned);
        self.take()
            .iter()
            .map(|record| (text(record, "eventName").unwrap(), text(record, "errorCode")))
            .collect()
    }
}

/// A server with an audit, on each database.
async fn on_each(settings: Settings, test: impl AsyncFn(&TestServer, &Memory)) {
    for database in [Some(Database::Sqlite), Database::postgres().await].into_iter().flatten() {
        let memory = Memory::default();
        let audit = Audit::to(memory.clone(), settings);
        let server = TestServer::start_with(database, |parts| parts.audit = audit).await;
        test(&server, &memory).await;
        server.finish().await;
    }
}

fn named(name: &str, error: Option<&str>) -> (String, Option<String>) {
    (name.to_owned(), error.map(str::to_owned))
}

#[tokio::test]
async fn a_write_is_told_in_cloudtrails_shape() {
    on_each(Settings::default(), async |server, memory| {
        let admin = server.admin().at("192.0.2.7").with("aws-cli/2");
        let made = admin.ok("CreateUserPool", json!({ "PoolName": "people" })).await;
        let id = &made["UserPool"]["Id"];
        let mut told = memory.take();
        assert_eq!(told.len(), 1);
        let record = told[0].as_object_mut().unwrap();
        for name in ["requestID", "eventID"] {
            assert_eq!(record.remove(name).unwrap().as_str().unwrap().len(), 36);
        }
        assert_eq!(
            told[0],
            json!({
                "eventVersion": "1.11",
                "userIdentity": {
                    "type": "Root", "principalId": "000000000000", "arn": "arn:aws:iam::000000000000:root",
                    "accountId": "000000000000", "accessKeyId": "test-key",
                },
                "eventTime": "2030-01-01T00:00:00Z",
                "eventSource": "cognito-idp.amazonaws.com",
                "eventName": "CreateUserPool",
                "awsRegion": "us-east-1",
                "sourceIPAddress": "192.0.2.7",
                "userAgent": "aws-cli/2",
                "requestParameters": { "poolName": "people" },
                "responseElements": { "userPool": { "id": id, "arn": made["UserPool"]["Arn"] } },
                "readOnly": false,
                "eventType": "AwsApiCall",
                "managementEvent": true,
                "recipientAccountId": "000000000000",
                "eventCategory": "Management",
            })
        );
    })
    .await;
}

#[tokio::test]
async fn reads_and_unsigned_calls_are_not_told_and_refusals_are() {
    on_each(Settings::default(), async |server, memory| {
        let pool = server.pool(json!({})).await;
        memory.take();
        let group = json!({ "UserPoolId": pool, "GroupName": "staff" });
        server.admin().ok("ListGroups", json!({ "UserPoolId": pool })).await;
        server
            .public()
            .refused("InitiateAuth", json!({ "ClientId": "x", "AuthFlow": "USER_SRP_AUTH" }))
            .await;
        assert_eq!(memory.names(), []);
        server.admin().refused("GetGroup", group.clone()).await;
        server.admin().refused("CreateGroup", json!({ "UserPoolId": pool })).await;
        server.admin().raw("CreateGroup", b"no JSON").await;
        server.admin().ok("CreateGroup", group.clone()).await;
        let forged = Keys { secret_access_key: "another", ..TestServer::ROOT };
        server.admin().signing(forged).refused("CreateGroup", group.clone()).await;
        let nobody = Keys { access_key_id: SECRET, secret_access_key: "x" };
        server.admin().signing(nobody).refused("ListGroups", json!({ "UserPoolId": pool })).await;
        let told = memory.take();
        assert!(!json!(told).to_string().contains(SECRET), "a secret taken for an id is not told");
        let shown = |record: &Value| (record["eventName"].clone(), record["errorCode"].clone());
        assert_eq!(
            told.iter().map(shown).collect::<Vec<_>>(),
            [
                (json!("GetGroup"), json!("ResourceNotFoundException")),
                (json!("CreateGroup"), json!("InvalidParameterException")),
                (json!("CreateGroup"), json!("SerializationException")),
                (json!("CreateGroup"), Value::Null),
                (json!("CreateGroup"), json!("InvalidSignatureException")),
                (json!("ListGroups"), json!("UnrecognizedClientException")),
            ]
        );
        assert_eq!(told[4]["userIdentity"], json!({ "type": "Unknown", "accessKeyId": "test-key" }));
        assert_eq!(told[5]["userIdentity"], json!({ "type": "Unknown" }));
    })
    .await;
    on_each(Settings { reads: true, required: false }, async |server, memory| {
        server.admin().ok("ListUserPools", json!({ "MaxResults": 1 })).await;
        assert_eq!(memory.names(), [named("ListUserPools", None)]);
    })
    .await;
}

#[tokio::test]
async fn users_are_named_by_their_sub() {
    on_each(Settings::default(), async |server, memory| {
        let pool = server.pool(json!({})).await;
        let user = json!({ "UserPoolId": pool, "Username": "ann" });
        let made = server.admin().ok("AdminCreateUser", user.clone()).await;
        let attributes = made["User"]["Attributes"].as_array().unwrap();
        let sub = &attributes.iter().find(|one| one["Name"] == "sub").unwrap()["Value"];
        server.admin().ok("AdminDeleteUser", user.clone()).await;
        server.admin().refused("AdminDisableUser", user).await;
        let told = memory.take();
        assert_eq!(told[1]["requestParameters"], json!({ "userPoolId": pool, "username": HIDDEN }));
        assert_eq!(told[1]["additionalEventData"], json!({ "sub": sub }));
        assert_eq!(told[2]["additionalEventData"], json!({ "sub": sub }));
        assert_eq!(told[3]["additionalEventData"], Value::Null);
    })
    .await;
}

#[tokio::test]
async fn no_secret_is_told() {
    on_each(Settings { reads: true, required: false }, async |server, memory| {
        let pool = server.pool(json!({})).await;
        let admin = server.admin();
        let user = |more: Value| {
            let mut input = json!({ "UserPoolId": pool, "Username": "ann" });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            input
        };
        admin.ok("AdminCreateUser", user(json!({ "TemporaryPassword": SECRET }))).await;
        admin.ok("AdminSetUserPassword", user(json!({ "Password": SECRET, "Permanent": true }))).await;
        admin.refused("AdminSetUserPassword", user(json!({ "Password": format!("\t{SECRET}") }))).await;
        admin.refused("AdminSetUserPassword", user(json!({ "Password": [SECRET] }))).await;
        let details = json!({
            "client_id": "c", "client_secret": SECRET, "authorize_scopes": "openid", "oidc_issuer": "https://idp.example",
            "attributes_request_method": "GET", "authorize_url": "https://idp.example/a", "token_url": "https://idp.example/t",
            "attributes_url": "https://idp.example/u", "jwks_uri": "https://idp.example/k",
        });
        let provider = json!({
            "UserPoolId": pool, "ProviderName": "idp", "ProviderType": "OIDC", "ProviderDetails": details,
        });
        admin.ok("CreateIdentityProvider", provider).await;
        // What breaks a constraint is repeated to who sent it.
        let code = [("SerialNumber", "GAHT12345678"), ("TokenCode", SECRET)];
        let refused = admin.of(&sts::SERVICE).query("GetSessionToken", &code).await.unwrap_err();
        assert!(format!("{refused:?}").contains(SECRET), "{refused:?}");
        let client = json!({
            "UserPoolId": pool, "ClientName": "app", "GenerateSecret": true,
            "ExplicitAuthFlows": ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        });
        let client = admin.ok("CreateUserPoolClient", client).await;
        let id = client["UserPoolClient"]["ClientId"].as_str().unwrap();
        let made_here = client["UserPoolClient"]["ClientSecret"].as_str().unwrap().to_owned();
        let hash = poolhouse_crypto::secret_hash::compute(&made_here, "ann", id);
        let sign_in = json!({
            "UserPoolId": pool, "ClientId": id, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
            "AuthParameters": { "USERNAME": "ann", "PASSWORD": SECRET, "SECRET_HASH": hash },
        });
        let signed_in = admin.ok("AdminInitiateAuth", sign_in).await;
        let tokens = ["AccessToken", "IdToken", "RefreshToken"]
            .map(|name| signed_in["AuthenticationResult"][name].as_str().unwrap().to_owned());
        let account = admin.of(&iam::SERVICE);
        account.query("CreateUser", &[("UserName", "bob")]).await.unwrap();
        let key = account.query("CreateAccessKey", &[("UserName", "bob")]).await.unwrap();
        let key_secret = element(&key, "SecretAccessKey").unwrap();
        let told = json!(memory.take()).to_string();
        assert!(told.contains("CreateAccessKey") && told.contains("AdminInitiateAuth"));
        for secret in [SECRET, &made_here, &hash, &key_secret].into_iter().chain(tokens.iter().map(String::as_str)) {
            assert!(!told.contains(secret), "{secret} is told: {told}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_told_is_not_done_where_the_operator_wants_it_so() {
    on_each(Settings { reads: false, required: true }, async |server, memory| {
        let pool = server.pool(json!({})).await;
        memory.failing.store(true, Ordering::Relaxed);
        let group = json!({ "UserPoolId": pool, "GroupName": "staff" });
        let (code, message) = server.admin().refused("CreateGroup", group.clone()).await;
        assert_eq!(code, "InternalErrorException");
        assert!(message.starts_with("The audit log cannot be written"), "{message}");
        server.admin().ok("ListGroups", json!({ "UserPoolId": pool })).await;
        memory.take();
        // The first call that comes when there is room is done, and the refusal before is told with it.
        memory.mending.store(true, Ordering::Relaxed);
        server.admin().ok("CreateGroup", group).await;
        let failed = Some("InternalErrorException");
        assert_eq!(memory.names(), [named("CreateGroup", failed), named("CreateGroup", None)]);
    })
    .await;
    on_each(Settings::default(), async |server, memory| {
        memory.failing.store(true, Ordering::Relaxed);
        server.pool(json!({})).await;
        assert_eq!(memory.names(), [named("CreateUserPool", None)]);
    })
    .await;
}

#[tokio::test]
async fn signed_calls_that_are_refused_before_their_signature_is_looked_at_are_told() {
    on_each(Settings::default(), async |server, memory| {
        server.admin().raw("CreateGroup", &vec![b' '; 8 << 20]).await;
        let told = memory.take();
        assert_eq!((told.len(), &told[0]["eventName"]), (1, &json!("CreateGroup")), "{told:?}");
        assert!(told[0]["errorCode"].is_string());
        assert_eq!(told[0]["userIdentity"], json!({ "type": "Unknown" }));
    })
    .await;
}

/// A signature that nobody looks at.
const SIGNATURE: &str =
    "AWS4-HMAC-SHA256 Credential=AKIDX/20300101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=00";

#[tokio::test]
async fn signed_calls_of_which_nobody_knows_what_they_ask_for_are_told() {
    on_each(Settings::default(), async |server, memory| {
        let form = ("content-type", "application/x-www-form-urlencoded".to_owned());
        let target = ("x-amz-target", format!("AWSCognitoIdentityProviderService.{SECRET}"));
        let signature = ("authorization", SIGNATURE.to_owned());
        let nonsense = format!("Action={SECRET}&Version=2010-05-08");
        let send = async |headers: &[(&str, String)], body: &str| {
            server.http("POST", "/", headers, body.as_bytes()).await.0
        };
        assert_eq!(send(slice::from_ref(&form), &nonsense).await, 400);
        assert_eq!(send(slice::from_ref(&target), "{}").await, 400);
        assert_eq!(memory.names(), [], "nobody has signed these");
        let long = "x".repeat(8 << 20);
        for (headers, body) in [
            (&[form.clone(), signature.clone()], nonsense.as_str()),
            (&[form.clone(), signature.clone()], "%zz"),
            (&[form.clone(), signature.clone()], &long),
            (&[target.clone(), signature.clone()], "{}"),
        ] {
            assert!(send(headers, body).await >= 400);
            let told = memory.take();
            assert_eq!((told.len(), &told[0]["eventName"]), (1, &json!("UnknownOperation")), "{told:?}");
            assert!(told[0]["errorCode"].is_string());
            assert_eq!(told[0]["userIdentity"], json!({ "type": "Unknown" }));
            assert!(!json!(told).to_string().contains(SECRET), "it may be anything");
        }
        for _ in 0..20 {
            send(&[form.clone(), signature.clone()], &nonsense).await;
        }
        assert_eq!(memory.take().len(), 6, "ten of one address, and then one in ten seconds");
    })
    .await;
}

#[tokio::test]
async fn a_call_that_breaks_down_is_told() {
    on_each(Settings::default(), async |server, memory| {
        let nobody = "arn:aws:lambda:us-east-1:000000000000:function:nobody";
        let pool = server.pool(json!({ "LambdaConfig": { "PreSignUp": nobody } })).await;
        memory.take();
        let user = json!({ "UserPoolId": pool, "Username": "ann" });
        let (code, _) = server.admin().refused("AdminCreateUser", user).await;
        assert_eq!(code, "InternalErrorException");
        assert_eq!(memory.names(), [named("AdminCreateUser", Some("InternalErrorException"))]);
    })
    .await;
}

#[tokio::test]
async fn refusals_do_not_fill_the_disk() {
    on_each(Settings::default(), async |server, memory| {
        let pool = server.pool(json!({})).await;
        memory.take();
        let admin = server.admin();
        let long = json!({ "UserPoolId": pool, "GroupName": "staff", "Description": "x".repeat(2040), "RoleArn": "y" });
        for _ in 0..105 {
            admin.refused("CreateGroup", long.clone()).await;
        }
        let told = memory.take();
        assert_eq!(told.len(), 100);
        assert_eq!(told[0]["requestParameters"]["omitted"], true);
        // What is done is told whatever was refused before.
        let group = json!({ "UserPoolId": pool, "GroupName": "staff" });
        admin.ok("CreateGroup", group.clone()).await;
        assert_eq!(memory.take()[0]["additionalEventData"], json!({ "suppressed": 5 }));

        let forged = Keys { secret_access_key: "another", ..TestServer::ROOT };
        for address in ["192.0.2.1", "192.0.2.2"] {
            for _ in 0..12 {
                server.admin().at(address).signing(forged).refused("CreateGroup", group.clone()).await;
            }
            assert_eq!(memory.take().len(), 10, "of each address");
        }
        server.clock().advance_seconds(10);
        admin.refused("CreateGroup", group).await;
        assert_eq!(memory.take()[0]["additionalEventData"], json!({ "suppressed": 2 }));
    })
    .await;
}
