//! Secrets of clients that the server keeps, rotates, and lets applications read (new-operations §17).

use poolhouse_core::clients::rotation;
use poolhouse_testkit::{TestServer, on_both};
use poolhouse_wire::{iam, secretsmanager};
use serde_json::{Value, json};

const DAY: u32 = 24 * 60 * 60;

async fn published(server: &TestServer, pool: &str) -> Value {
    let settings = json!({ "GenerateSecret": true, "PublishSecretsInAWSSecretsManager": true });
    server.client_record(pool, settings).await
}

async fn read(server: &TestServer, secret_id: &str) -> Value {
    server.admin().of(&secretsmanager::SERVICE).ok("GetSecretValue", json!({ "SecretId": secret_id })).await
}

async fn refused(server: &TestServer, input: Value) -> (String, String) {
    server.admin().of(&secretsmanager::SERVICE).refused("GetSecretValue", input).await
}

/// The secret in an answer of GetSecretValue.
fn secret(value: &Value) -> String {
    let text: Value = serde_json::from_str(value["SecretString"].as_str().unwrap()).unwrap();
    text["clientSecretValue"].as_str().unwrap().to_owned()
}

/// Whether a secret proves the client.
async fn proves(server: &TestServer, client: &Value, secret: &str) -> bool {
    let id = client["ClientId"].as_str().unwrap();
    let hash = poolhouse_crypto::secret_hash::compute(secret, "ada", id);
    let input = json!({
        "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": id,
        "AuthParameters": { "USERNAME": "ada", "PASSWORD": TestServer::PASSWORD, "SECRET_HASH": hash },
    });
    server.public().call("InitiateAuth", input).await.is_ok()
}

on_both! {
    async fn a_published_secret_is_read_by_its_arn_or_name(server) {
        let pool = server.pool(json!({})).await;
        server.user(&pool, "ada", json!({})).await;
        let client = published(server, &pool).await;
        assert_eq!(client["ClientSecret"], Value::Null);
        let (arn, id) = (client["ClientSecretArn"].as_str().unwrap(), client["ClientId"].as_str().unwrap());
        let begin = format!("arn:aws:secretsmanager:us-east-1:000000000000:secret/cognito-idp/{pool}/{id}-");
        assert_eq!(arn.len(), begin.len() + 6);
        assert!(arn.starts_with(&begin), "{arn}");
        let shown = server.admin().ok("DescribeUserPoolClient", json!({ "UserPoolId": pool, "ClientId": id })).await;
        assert_eq!(shown["UserPoolClient"]["ClientSecretArn"], arn);
        let value = read(server, arn).await;
        let text: Value = serde_json::from_str(value["SecretString"].as_str().unwrap()).unwrap();
        assert_eq!((text["userPoolId"].as_str(), text["userPoolClientId"].as_str()), (Some(pool.as_str()), Some(id)));
        assert_eq!((value["VersionStages"].clone(), value["CreatedDate"].as_f64()), (json!(["AWSCURRENT"]), Some(1_893_456_000.0)));
        assert!(proves(server, &client, &secret(&value)).await);
        let name = format!("cognito-idp/{pool}/{id}");
        for other in [arn.replace(":secret/", ":secret:"), begin.strip_suffix('-').unwrap().to_owned(), name.clone()] {
            assert_eq!(read(server, &other).await, value, "{other}");
        }
        let version = value["VersionId"].as_str().unwrap();
        let by_version = json!({ "SecretId": name, "VersionId": version, "VersionStage": "AWSCURRENT" });
        assert_eq!(server.admin().of(&secretsmanager::SERVICE).ok("GetSecretValue", by_version).await, value);
        let (_, headers, _) = server.admin().of(&secretsmanager::SERVICE).raw("GetSecretValue", json!({ "SecretId": arn }).to_string().as_bytes()).await;
        assert_eq!(headers["cache-control"], "no-store");
    }

    async fn what_there_is_not_is_not_found(server) {
        let pool = server.pool(json!({})).await;
        let client = published(server, &pool).await;
        let plain = server.client_record(&pool, json!({ "GenerateSecret": true })).await;
        let name = format!("cognito-idp/{pool}/{}", client["ClientId"].as_str().unwrap());
        let arn = client["ClientSecretArn"].as_str().unwrap();
        let gone = ("ResourceNotFoundException".to_owned(), "Secrets Manager can't find the specified secret.".to_owned());
        for id in [
            "other".to_owned(), format!("{name}-AAAAAA"), format!("cognito-idp/{pool}/{}", plain["ClientId"].as_str().unwrap()),
            arn.replace("us-east-1:", "eu-west-1:"), arn.replace("000000000000", "123456789012"), "cognito-idp/us-east-1_none/c".to_owned(),
        ] {
            assert_eq!(refused(server, json!({ "SecretId": id })).await, gone, "{id}");
        }
        let stage = refused(server, json!({ "SecretId": name, "VersionStage": "AWSPREVIOUS" })).await;
        assert_eq!(stage.1, "Secrets Manager can't find the specified secret value for staging label: AWSPREVIOUS");
        let version = "0".repeat(32);
        let missing = refused(server, json!({ "SecretId": name, "VersionId": version })).await;
        assert_eq!(missing.1, format!("Secrets Manager can't find the specified secret value for VersionId: {version}"));
        let id = read(server, &name).await["VersionId"].clone();
        let both = refused(server, json!({ "SecretId": name, "VersionId": id, "VersionStage": "AWSPREVIOUS" })).await;
        assert_eq!(both.0, "InvalidRequestException");
    }

    async fn a_secret_is_rotated_and_two_are_good(server) {
        let pool = server.pool(json!({})).await;
        server.user(&pool, "ada", json!({})).await;
        let client = published(server, &pool).await;
        let arn = client["ClientSecretArn"].as_str().unwrap();
        let first = secret(&read(server, arn).await);
        let rotate = async || rotation::rotate_due(server.engine()).await.unwrap();
        server.clock().advance_seconds(7 * DAY - 1);
        assert_eq!(rotate().await, 0);
        server.clock().advance_seconds(1);
        assert_eq!((rotate().await, rotate().await), (1, 0));
        let value = read(server, arn).await;
        let second = secret(&value);
        assert_ne!(second, first);
        let previous = json!({ "SecretId": arn, "VersionStage": "AWSPREVIOUS" });
        assert_eq!(secret(&server.admin().of(&secretsmanager::SERVICE).ok("GetSecretValue", previous).await), first);
        assert!(proves(server, &client, &first).await && proves(server, &client, &second).await);
        let described = server.admin().of(&secretsmanager::SERVICE).ok("DescribeSecret", json!({ "SecretId": arn })).await;
        assert_eq!(described["RotationRules"], json!({ "AutomaticallyAfterDays": 7 }));
        assert_eq!(described["OwningService"], "cognito-idp");
        assert_eq!((described["LastRotatedDate"].as_f64(), described["NextRotationDate"].as_f64()), (Some(1_894_060_800.0), Some(1_894_665_600.0)));
        assert_eq!(described["VersionIdsToStages"][value["VersionId"].as_str().unwrap()], json!(["AWSCURRENT"]));
        assert_eq!(described["VersionIdsToStages"].as_object().unwrap().len(), 2);
        server.clock().advance_seconds(7 * DAY);
        assert_eq!(rotate().await, 1);
        assert!(!proves(server, &client, &first).await && proves(server, &client, &second).await);
    }

    async fn a_secret_moves_there_and_back(server) {
        let pool = server.pool(json!({})).await;
        server.user(&pool, "ada", json!({})).await;
        let client = server.client_record(&pool, json!({ "GenerateSecret": true })).await;
        let held = client["ClientSecret"].as_str().unwrap().to_owned();
        let update = async |publish: Value| {
            let mut input = json!({ "UserPoolId": pool, "ClientId": client["ClientId"], "ExplicitAuthFlows": client["ExplicitAuthFlows"] });
            if !publish.is_null() {
                input["PublishSecretsInAWSSecretsManager"] = publish;
            }
            server.admin().ok("UpdateUserPoolClient", input).await["UserPoolClient"].clone()
        };
        assert_eq!(update(json!(false)).await["ClientSecret"], held);
        let arn = update(json!(true)).await["ClientSecretArn"].as_str().unwrap().to_owned();
        // Rotated at once, and what applications hold stays good.
        let fresh = secret(&read(server, &arn).await);
        assert_ne!(fresh, held);
        assert!(proves(server, &client, &held).await && proves(server, &client, &fresh).await);
        assert_eq!(update(json!(true)).await["ClientSecretArn"], arn);
        assert_eq!(update(Value::Null).await["ClientSecretArn"], arn);
        assert_eq!(secret(&read(server, &arn).await), fresh);
        let named = json!({ "UserPoolId": pool, "ClientId": client["ClientId"] });
        let managed = "Client secrets of this app client are managed in AWS Secrets Manager.";
        assert_eq!(server.admin().refused("AddUserPoolClientSecret", named.clone()).await.1, managed);
        let listed = server.admin().ok("ListUserPoolClientSecrets", named.clone()).await;
        let mut first = named.clone();
        first["ClientSecretId"] = listed["ClientSecrets"][0]["ClientSecretId"].clone();
        assert_eq!(listed["ClientSecrets"].as_array().unwrap().len(), 2);
        assert_eq!(server.admin().refused("DeleteUserPoolClientSecret", first).await.1, managed);
        let back = update(json!(false)).await;
        assert_eq!((back["ClientSecretArn"].clone(), back["ClientSecret"].as_str()), (Value::Null, Some(held.as_str())));
        assert_eq!(refused(server, json!({ "SecretId": arn })).await.0, "ResourceNotFoundException");
    }

    async fn only_a_secret_that_is_made_here_is_published(server) {
        let pool = server.pool(json!({})).await;
        let text = "PublishSecretsInAWSSecretsManager requires a generated client secret.";
        let own = "0123456789abcdefghijklmn";
        let mut create = json!({ "UserPoolId": pool, "ClientName": "app", "ClientSecret": own, "PublishSecretsInAWSSecretsManager": true });
        assert_eq!(server.admin().refused("CreateUserPoolClient", create.clone()).await.1, text);
        create["PublishSecretsInAWSSecretsManager"] = json!(false);
        let client = server.admin().ok("CreateUserPoolClient", create).await["UserPoolClient"]["ClientId"].clone();
        let public = server.client_record(&pool, json!({ "PublishSecretsInAWSSecretsManager": true })).await;
        assert_eq!((public["ClientSecret"].clone(), public["ClientSecretArn"].clone()), (Value::Null, Value::Null));
        for client in [&client, &public["ClientId"]] {
            let update = json!({ "UserPoolId": pool, "ClientId": client, "PublishSecretsInAWSSecretsManager": true });
            assert_eq!(server.admin().refused("UpdateUserPoolClient", update).await.1, text);
        }
    }

    // new-operations §17.1: asked before existence, and a policy may write the ARN in either form
    async fn reading_needs_a_permission_on_the_secret(server) {
        let pool = server.pool(json!({})).await;
        let client = published(server, &pool).await;
        let arn = client["ClientSecretArn"].as_str().unwrap();
        let name = format!("cognito-idp/{pool}/{}", client["ClientId"].as_str().unwrap());
        let root = server.admin().of(&iam::SERVICE);
        root.query("CreateUser", &[("UserName", "app")]).await.unwrap();
        let made = root.query("CreateAccessKey", &[("UserName", "app")]).await.unwrap();
        let text = |name: &str| poolhouse_testkit::element(&made, name).unwrap();
        let (id, key) = (text("AccessKeyId"), text("SecretAccessKey"));
        let keys = poolhouse_testkit::sign::Keys { access_key_id: &id, secret_access_key: &key };
        let app = server.admin().of(&secretsmanager::SERVICE).signing(keys);
        let ask = async |secret_id: &str| app.call("GetSecretValue", json!({ "SecretId": secret_id })).await;
        let denied = ask(&name).await.unwrap_err();
        assert_eq!(denied.code, "AccessDeniedException");
        assert!(denied.message.contains(&format!("on resource: arn:aws:secretsmanager:us-east-1:000000000000:secret:{name} because")), "{denied:?}");
        assert_eq!(ask("cognito-idp/us-east-1_none/c").await.unwrap_err().code, "AccessDeniedException");
        let put = async |statement: &str| {
            let document = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
            root.query("PutUserPolicy", &[("UserName", "app"), ("PolicyName", "p"), ("PolicyDocument", &document)]).await.unwrap();
        };
        for form in [arn.to_owned(), arn.replace(":secret/", ":secret:")] {
            put(&format!(r#"{{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"{form}"}}"#)).await;
            for asked in [&name, arn, &arn.replace(":secret/", ":secret:")] {
                assert!(ask(asked).await.is_ok(), "{form} {asked}");
            }
            let all = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
            put(&format!(r#"{all},{{"Effect":"Deny","Action":"*","Resource":"{form}"}}"#)).await;
            assert!(ask(&name).await.is_err() && ask(arn).await.is_err(), "{form}");
            put(&format!(r#"{{"Effect":"Allow","Action":"*","NotResource":"{form}"}}"#)).await;
            assert!(ask(&name).await.is_err() && ask(arn).await.is_err(), "{form}");
        }
    }
}
