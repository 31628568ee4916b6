//! The secrets of confidential clients (operations-and-protection §7.4).

use poolhouse_testkit::{START, TestServer, on_both};
use serde_json::{Value, json};

/// Long enough, with a hyphen, which no secret has.
const HYPHENATED: &str = "a-secret+of_24_characters";

async fn confidential(server: &TestServer, pool: &str) -> Value {
    server.client_record(pool, json!({ "GenerateSecret": true })).await
}

fn named(client: &Value) -> Value {
    json!({ "UserPoolId": client["UserPoolId"], "ClientId": client["ClientId"] })
}

async fn secrets(server: &TestServer, client: &Value) -> Vec<Value> {
    let answer = server.admin().ok("ListUserPoolClientSecrets", named(client)).await;
    assert_eq!(answer.as_object().unwrap().len(), 1, "never a token: {answer}");
    answer["ClientSecrets"].as_array().unwrap().clone()
}

/// Signs `ada` in with a hash made with `secret`.
async fn sign_in(server: &TestServer, client: &Value, secret: &Value) -> Result<(), String> {
    let id = client["ClientId"].as_str().unwrap();
    let hash = poolhouse_crypto::secret_hash::compute(secret.as_str().unwrap(), "ada", id);
    let input = json!({
        "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": id,
        "AuthParameters": { "USERNAME": "ada", "PASSWORD": TestServer::PASSWORD, "SECRET_HASH": hash },
    });
    server.public().call("InitiateAuth", input).await.map(|_| ()).map_err(|e| e.message)
}

on_both! {
    async fn a_secret_is_generated_or_given(server) {
        let pool = server.pool(json!({})).await;
        let client = confidential(server, &pool).await;
        let secret = client["ClientSecret"].as_str().unwrap();
        assert_eq!(secret.len(), 52);
        let given =
            json!({ "UserPoolId": pool, "ClientName": "app", "ClientSecret": "0123456789abcdefghijklmn" });
        let answer = server.admin().ok("CreateUserPoolClient", given.clone()).await;
        assert_eq!(answer["UserPoolClient"]["ClientSecret"], given["ClientSecret"]);
        let mut both = given;
        both["GenerateSecret"] = json!(true);
        let (code, _) = server.admin().refused("CreateUserPoolClient", both).await;
        assert_eq!(code, "InvalidParameterException");
    }

    async fn one_secret_takes_over_from_another(server) {
        let pool = server.pool(json!({})).await;
        server.user(&pool, "ada", json!({})).await;
        let client = confidential(server, &pool).await;
        let first = client["ClientSecret"].clone();
        sign_in(server, &client, &first).await.unwrap();
        server.clock().advance_seconds(1);
        let added = server.admin().ok("AddUserPoolClientSecret", named(&client)).await;
        let second = added["ClientSecretDescriptor"]["ClientSecretValue"].clone();
        assert_eq!(second.as_str().unwrap().len(), 52);
        assert_ne!(second, first);

        // Either is accepted, at once; the older one is shown.
        sign_in(server, &client, &first).await.unwrap();
        sign_in(server, &client, &second).await.unwrap();
        let described = server.admin().ok("DescribeUserPoolClient", named(&client)).await;
        assert_eq!(described["UserPoolClient"]["ClientSecret"], first);

        let listed = secrets(server, &client).await;
        let mut delete = named(&client);
        delete["ClientSecretId"] = listed[0]["ClientSecretId"].clone();
        assert_eq!(server.admin().ok("DeleteUserPoolClientSecret", delete).await, json!({}));
        let id = client["ClientId"].as_str().unwrap();
        assert_eq!(
            sign_in(server, &client, &first).await,
            Err(format!("Unable to verify secret hash for client {id}"))
        );
        sign_in(server, &client, &second).await.unwrap();
        let described = server.admin().ok("DescribeUserPoolClient", named(&client)).await;
        assert_eq!(described["UserPoolClient"]["ClientSecret"], second);
    }

    // The value is shown only when it was generated, and never in a list.
    async fn descriptors(server) {
        let pool = server.pool(json!({})).await;
        let client = confidential(server, &pool).await;
        let mut add = named(&client);
        add["ClientSecret"] = json!("0123456789abcdefghijklmn");
        let added = server.admin().ok("AddUserPoolClientSecret", add).await;
        let id = client["ClientId"].as_str().unwrap();
        let now = START.millis();
        #[expect(clippy::cast_precision_loss, reason = "exact for dates")]
        let seconds = |millis: i64| millis as f64 / 1000.0;
        let second = json!({
            "ClientSecretId": format!("{id}--{}", now + 1), "ClientSecretCreateDate": seconds(now + 1),
        });
        assert_eq!(added, json!({ "ClientSecretDescriptor": second }));
        let first =
            json!({ "ClientSecretId": format!("{id}--{now}"), "ClientSecretCreateDate": seconds(now) });
        assert_eq!(secrets(server, &client).await, [first, second]);
    }

    async fn a_client_has_at_most_two_secrets_and_keeps_one(server) {
        let pool = server.pool(json!({})).await;
        let client = confidential(server, &pool).await;
        let only = secrets(server, &client).await[0]["ClientSecretId"].clone();
        let mut delete = named(&client);
        delete["ClientSecretId"] = only;
        let answer = server.admin().refused("DeleteUserPoolClientSecret", delete.clone()).await;
        assert_eq!(answer.0, "InvalidParameterException");
        assert_eq!(answer.1, "Cannot delete the only client secret.");
        server.admin().ok("AddUserPoolClientSecret", named(&client)).await;
        let answer = server.admin().refused("AddUserPoolClientSecret", named(&client)).await;
        assert_eq!(answer.0, "LimitExceededException");
        assert_eq!(answer.1, "Client secrets cannot exceed limit of 2 secrets.");
        delete["ClientSecretId"] = json!("another");
        let answer = server.admin().refused("DeleteUserPoolClientSecret", delete).await;
        assert_eq!(answer.0, "ResourceNotFoundException");
        assert_eq!(answer.1, "Client secret does not exist");
    }

    async fn a_public_client_stays_public(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client_record(&pool, json!({})).await;
        assert!(secrets(server, &client).await.is_empty());
        let (code, _) = server.admin().refused("AddUserPoolClientSecret", named(&client)).await;
        assert_eq!(code, "InvalidParameterException");
    }

    async fn a_given_secret_has_24_to_64_letters_digits_or_marks(server) {
        let pool = server.pool(json!({})).await;
        let client = confidential(server, &pool).await;
        for bad in ["short", HYPHENATED] {
            let mut add = named(&client);
            add["ClientSecret"] = json!(bad);
            let (code, text) = server.admin().refused("AddUserPoolClientSecret", add).await;
            assert_eq!(code, "InvalidParameterException");
            assert!(!text.contains(bad), "a secret is not repeated: {text}");
        }
    }
}
