//! What a client looks like, and its life (operations-and-protection §5, §7).

use poolhouse_store::tables::Insert;
use poolhouse_store::tables::clients::{self, Client};
use poolhouse_testkit::{START, TestServer, on_both};
use serde_json::{Value, json};

async fn create(server: &TestServer, pool: &str, settings: Value) -> Value {
    let mut input = json!({ "UserPoolId": pool, "ClientName": "app" });
    input.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    server.admin().ok("CreateUserPoolClient", input).await["UserPoolClient"].clone()
}

fn seconds(millis: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "exact for dates")]
    let millis = millis as f64;
    millis / 1000.0
}

/// The whole answer for a client of which only the name was given (recorded).
fn name_only(pool: &str, id: &Value) -> Value {
    json!({
        "UserPoolId": pool,
        "ClientName": "app",
        "ClientId": id,
        "LastModifiedDate": seconds(START.millis()),
        "CreationDate": seconds(START.millis()),
        "RefreshTokenValidity": 30,
        "TokenValidityUnits": {},
        "AllowedOAuthFlowsUserPoolClient": false,
        "EnableTokenRevocation": true,
        "EnablePropagateAdditionalUserContextData": false,
        "AuthSessionValidity": 3,
    })
}

/// Every setting at once.
fn everything() -> Value {
    json!({
        "RefreshTokenValidity": 10,
        "AccessTokenValidity": 20,
        "IdTokenValidity": 1200,
        "TokenValidityUnits": { "AccessToken": "minutes", "IdToken": "seconds", "RefreshToken": "days" },
        "ReadAttributes": ["email", "custom:team"],
        "WriteAttributes": ["custom:team", "address"],
        "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH"],
        "SupportedIdentityProviders": ["COGNITO"],
        "CallbackURLs": ["https://z.example.com/cb", "https://a.example.com/cb"],
        "LogoutURLs": ["https://z.example.com/bye", "https://a.example.com/bye"],
        "DefaultRedirectURI": "https://z.example.com/cb",
        "AllowedOAuthFlows": ["implicit", "code"],
        "AllowedOAuthScopes": ["openid", "email"],
        "AllowedOAuthFlowsUserPoolClient": true,
        "AnalyticsConfiguration": {
            "ApplicationId": "0123456789abcdef0123456789abcdef", "ExternalId": "reports",
            "RoleArn": "arn:aws:iam::000000000000:role/analytics",
        },
        "PreventUserExistenceErrors": "ENABLED",
        "EnableTokenRevocation": false,
        "EnablePropagateAdditionalUserContextData": true,
        "AuthSessionValidity": 15,
        "RefreshTokenRotation": { "Feature": "ENABLED", "RetryGracePeriodSeconds": 60 },
    })
}

on_both! {
    async fn a_client_has_defaults(server) {
        let pool = server.pool(json!({})).await;
        let client = create(server, &pool, json!({})).await;
        assert_eq!(client, name_only(&pool, &client["ClientId"]));
        let id = client["ClientId"].as_str().unwrap();
        assert_eq!(id.len(), 26);
        assert!(id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "{id}");
    }

    // new-operations §10.3, recorded: which kind it is does not show
    async fn a_client_is_described(server) {
        let pool = server.pool(json!({})).await;
        let client = create(server, &pool, json!({ "GenerateSecret": true })).await;
        let named = json!({ "UserPoolId": pool, "ClientId": client["ClientId"] });
        let described = server.admin().ok("DescribeUserPoolClient", named).await;
        assert_eq!(described, json!({ "UserPoolClient": client }));
    }

    // operations-and-protection §7.2: the answer repeats the order of lists, which read back sorted
    async fn every_setting_is_kept(server) {
        let schema = json!([{ "Name": "team", "AttributeDataType": "String", "Mutable": true }]);
        let pool = server.pool(json!({ "Schema": schema })).await;
        let mut settings = everything();
        settings["GenerateSecret"] = json!(true);
        let client = create(server, &pool, settings).await;
        let mut expected = everything();
        for (member, value) in [
            ("UserPoolId", json!(pool)),
            ("ClientName", json!("app")),
            ("ClientId", client["ClientId"].clone()),
            ("ClientSecret", client["ClientSecret"].clone()),
            ("CreationDate", json!(seconds(START.millis()))),
            ("LastModifiedDate", json!(seconds(START.millis()))),
        ] {
            expected[member] = value;
        }
        assert_eq!(client, expected);
        let named = json!({ "UserPoolId": pool, "ClientId": client["ClientId"] });
        let mut update = everything();
        update.as_object_mut().unwrap().extend(named.as_object().unwrap().clone());
        let updated = server.admin().ok("UpdateUserPoolClient", update).await;
        assert_eq!(updated["UserPoolClient"], expected);
        for (member, value) in [
            ("ReadAttributes", json!(["custom:team", "email"])),
            ("WriteAttributes", json!(["address", "custom:team"])),
            ("CallbackURLs", json!(["https://a.example.com/cb", "https://z.example.com/cb"])),
            ("LogoutURLs", json!(["https://a.example.com/bye", "https://z.example.com/bye"])),
            ("ExplicitAuthFlows", json!(["ALLOW_USER_AUTH", "ALLOW_USER_SRP_AUTH"])),
            ("AllowedOAuthFlows", json!(["code", "implicit"])),
            ("AllowedOAuthScopes", json!(["email", "openid"])),
        ] {
            expected[member] = value;
        }
        let described = server.admin().ok("DescribeUserPoolClient", named).await;
        assert_eq!(described["UserPoolClient"], expected);
    }

    // operations-and-protection §7.2, acceptance-tested
    async fn an_application_of_its_own_arn_is_reported_to_by_aws_role(server) {
        let pool = server.pool(json!({})).await;
        let arn = "arn:aws:mobiletargeting:us-east-1:000000000000:apps/0123456789abcdef0123456789abcdef";
        let given = json!({ "AnalyticsConfiguration": { "ApplicationArn": arn } });
        let client = create(server, &pool, given).await;
        let role = "arn:aws:iam::000000000000:role/aws-service-role/cognito-idp.amazonaws.com/AWSServiceRoleForAmazonCognitoIdp";
        let shown = json!({ "ApplicationArn": arn, "RoleArn": role, "UserDataShared": false });
        assert_eq!(client["AnalyticsConfiguration"], shown);
        // What was read can be sent back.
        let same = json!({
            "UserPoolId": pool, "ClientId": client["ClientId"], "AnalyticsConfiguration": shown,
        });
        let updated = server.admin().ok("UpdateUserPoolClient", same).await;
        assert_eq!(updated["UserPoolClient"], client);
    }

    // operations-and-protection §7.1: nothing selected is absent; §7.2: lists are sets
    async fn empty_lists_are_absent_and_doubles_count_once(server) {
        let pool = server.pool(json!({})).await;
        let client = create(server, &pool, json!({
            "ExplicitAuthFlows": [], "ReadAttributes": [], "WriteAttributes": [], "CallbackURLs": [],
            "LogoutURLs": [], "AllowedOAuthFlows": [], "AllowedOAuthScopes": [],
            "SupportedIdentityProviders": [],
        })).await;
        assert_eq!(client, name_only(&pool, &client["ClientId"]));
        let flows = json!({ "ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH", "ALLOW_CUSTOM_AUTH"] });
        let client = create(server, &pool, flows).await;
        assert_eq!(client["ExplicitAuthFlows"], json!(["ALLOW_CUSTOM_AUTH"]));
    }

    // operations-and-protection §7.3: what is left out falls back, the name is kept (recorded)
    async fn an_update_replaces_everything_but_the_name(server) {
        let schema = json!([{ "Name": "team", "AttributeDataType": "String", "Mutable": true }]);
        let pool = server.pool(json!({ "Schema": schema })).await;
        let mut settings = everything();
        settings["GenerateSecret"] = json!(true);
        let client = create(server, &pool, settings).await;
        server.clock().advance_seconds(60);
        let named = json!({ "UserPoolId": pool, "ClientId": client["ClientId"] });
        let updated = server.admin().ok("UpdateUserPoolClient", named.clone()).await;
        let mut expected = name_only(&pool, &client["ClientId"]);
        expected["ClientSecret"] = client["ClientSecret"].clone();
        expected["LastModifiedDate"] = json!(seconds(START.millis() + 60_000));
        assert_eq!(updated["UserPoolClient"], expected);
        let described = server.admin().ok("DescribeUserPoolClient", named).await;
        assert_eq!(described["UserPoolClient"], expected);
        let renamed = json!({ "UserPoolId": pool, "ClientId": client["ClientId"], "ClientName": "other" });
        let updated = server.admin().ok("UpdateUserPoolClient", renamed).await;
        assert_eq!(updated["UserPoolClient"]["ClientName"], "other");
    }

    // A change acts at once, on sign-ins by clients that were used just before.
    async fn a_change_acts_at_once(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "ada", json!({})).await;
        server.sign_in(&client, "ada").await;
        let only_srp = json!({
            "UserPoolId": pool, "ClientId": client, "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"],
        });
        server.admin().ok("UpdateUserPoolClient", only_srp).await;
        let sign_in = json!({
            "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client,
            "AuthParameters": { "USERNAME": "ada", "PASSWORD": TestServer::PASSWORD },
        });
        let (code, text) = server.public().refused("InitiateAuth", sign_in).await;
        assert_eq!(code, "InvalidParameterException");
        assert_eq!(text, "USER_PASSWORD_AUTH flow not enabled for this client");
    }

    // operations-and-protection §5, recorded: a zero-byte answer, and every use of the client fails
    async fn a_deleted_client_is_gone(server) {
        let pool = server.pool(json!({})).await;
        let client = server.client(&pool, json!({})).await;
        server.user(&pool, "ada", json!({})).await;
        let tokens = server.sign_in(&client, "ada").await;
        let named = json!({ "UserPoolId": pool, "ClientId": client });
        let (status, _, body) =
            server.admin().raw("DeleteUserPoolClient", named.to_string().as_bytes()).await;
        assert_eq!((status, body.len()), (200, 0));
        let gone = |text: &str| ("ResourceNotFoundException".to_owned(), text.to_owned());
        for operation in [
            "DescribeUserPoolClient", "UpdateUserPoolClient", "DeleteUserPoolClient",
            "AddUserPoolClientSecret", "ListUserPoolClientSecrets",
        ] {
            let refusal = server.admin().refused(operation, named.clone()).await;
            assert_eq!(refusal, gone("User pool client does not exist."), "{operation}");
        }
        let refresh = json!({
            "AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": client,
            "AuthParameters": { "REFRESH_TOKEN": tokens["RefreshToken"] },
        });
        let text = format!("User pool client {client} does not exist.");
        assert_eq!(server.public().refused("InitiateAuth", refresh).await, gone(&text));
    }

    // protocol §7.2, recorded: no id, unlike for a client that does not exist at all
    async fn a_client_of_another_pool_does_not_exist(server) {
        let (pool, other) = (server.pool(json!({})).await, server.pool(json!({})).await);
        let client = create(server, &other, json!({ "GenerateSecret": true })).await;
        let id = client["ClientId"].as_str().unwrap();
        let gone = ("ResourceNotFoundException".to_owned(), "User pool client does not exist.".to_owned());
        let named = json!({ "UserPoolId": pool, "ClientId": id, "ClientSecretId": "x" });
        for operation in [
            "DescribeUserPoolClient", "UpdateUserPoolClient", "DeleteUserPoolClient",
            "AddUserPoolClientSecret", "ListUserPoolClientSecrets", "DeleteUserPoolClientSecret",
        ] {
            assert_eq!(server.admin().refused(operation, named.clone()).await, gone, "{operation}");
        }
    }

    async fn clients_of_an_unknown_pool(server) {
        let gone = (
            "ResourceNotFoundException".to_owned(),
            "User pool us-east-1_000000000 does not exist.".to_owned(),
        );
        let named = json!({
            "UserPoolId": "us-east-1_000000000", "ClientId": "x", "ClientName": "x", "ClientSecretId": "x",
        });
        for operation in [
            "CreateUserPoolClient", "DescribeUserPoolClient", "UpdateUserPoolClient",
            "DeleteUserPoolClient", "ListUserPoolClients", "AddUserPoolClientSecret",
            "ListUserPoolClientSecrets", "DeleteUserPoolClientSecret",
        ] {
            assert_eq!(server.admin().refused(operation, named.clone()).await, gone, "{operation}");
        }
    }

    // protocol §8: n elements read one at a time take n calls; entries have three members (recorded)
    async fn clients_are_listed_in_pages(server) {
        let pool = server.pool(json!({})).await;
        let list = json!({ "UserPoolId": pool, "MaxResults": 1 });
        let empty = server.admin().ok("ListUserPoolClients", list).await;
        assert_eq!(empty, json!({ "UserPoolClients": [] }));
        let mut made = Vec::new();
        for name in ["a", "b", "c"] {
            let client = create(server, &pool, json!({ "ClientName": name })).await;
            made.push(json!({ "ClientId": client["ClientId"], "UserPoolId": pool, "ClientName": name }));
        }
        made.sort_by_key(|client| client["ClientId"].to_string());
        let (mut read, mut token) = (Vec::new(), Value::Null);
        for calls_left in (0..3).rev() {
            let mut input = json!({ "UserPoolId": pool, "MaxResults": 1 });
            if !token.is_null() {
                input["NextToken"] = token;
            }
            let page = server.admin().ok("ListUserPoolClients", input).await;
            read.extend(page["UserPoolClients"].as_array().unwrap().clone());
            token = page["NextToken"].clone();
            assert_eq!(token.is_null(), calls_left == 0);
        }
        assert_eq!(read, made);
    }

    // protocol §8: a token is bound to its list and arguments, and the kind may leave pages empty (model)
    async fn kinds_of_clients(server) {
        let pool = server.pool(json!({})).await;
        create(server, &pool, json!({})).await;
        create(server, &pool, json!({})).await;
        let regular = json!({ "UserPoolId": pool, "MaxResults": 1, "ClientType": "REGULAR" });
        let page = server.admin().ok("ListUserPoolClients", regular).await;
        assert_eq!(page["UserPoolClients"].as_array().unwrap().len(), 1);
        let token = page["NextToken"].clone();
        let other = json!({ "UserPoolId": pool, "MaxResults": 1, "NextToken": token });
        let (code, text) = server.admin().refused("ListUserPoolClients", other).await;
        assert_eq!(code, "InvalidParameterException");
        assert_eq!(
            text,
            "Provided pagination token is invalid. Check the token and try your request again."
        );
        let registered = json!({ "UserPoolId": pool, "MaxResults": 1, "ClientType": "DCR" });
        let page = server.admin().ok("ListUserPoolClients", registered).await;
        assert_eq!(page["UserPoolClients"], json!([]));
        assert!(page["NextToken"].is_string());
    }

    async fn a_page_has_1_to_60_clients(server) {
        let pool = server.pool(json!({})).await;
        for (size, bound) in [(0, "greater than or equal to 1"), (61, "less than or equal to 60")] {
            let list = json!({ "UserPoolId": pool, "MaxResults": size });
            let (code, text) = server.admin().refused("ListUserPoolClients", list).await;
            assert_eq!(code, "InvalidParameterException");
            assert_eq!(text, format!(
                "1 validation error detected: Value '{size}' at 'maxResults' failed to satisfy constraint: \
                 Member must have value {bound}"
            ));
        }
    }

    // protocol §9: as many as AWS grants
    async fn a_pool_has_at_most_10000_clients(server) {
        let pool = server.pool(json!({})).await;
        let mut tx = server.engine().store().write().await.unwrap();
        for number in 0..9999 {
            let client = Client {
                sso_minutes: None,
                risk: None,
                client_id: format!("client{number}").into(),
                pool_id: pool.clone().into(),
                name: "app".to_owned(),
                created_at: START,
                modified_at: START,
                config: "{}".to_owned(),
            };
            assert_eq!(clients::insert(&mut tx, &client).await.unwrap(), Insert::Inserted);
        }
        tx.commit().await.unwrap();
        create(server, &pool, json!({})).await;
        let one_more = json!({ "UserPoolId": pool, "ClientName": "app" });
        let (code, text) = server.admin().refused("CreateUserPoolClient", one_more).await;
        assert_eq!(code, "LimitExceededException");
        assert_eq!(text, format!("Client limit exceeded for user pool {pool}."));
    }
}
