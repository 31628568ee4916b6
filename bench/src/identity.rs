//! Identity pools: credentials for a user of a user pool, against GetUser by an access token of the same user, which verifies
//! as many signatures.

use poolhouse_wire::{iam, identity_pools};
use serde_json::{Value, json};

use crate::cost;
use crate::house::House;
use crate::requests;
use crate::table::Table;

/// What credentials may cost against GetUser: the identity is read, its role's trust judged, a session sealed.
const BOUND: f64 = 2.75;
const ROUNDS: usize = 15;
/// Requests of each kind in a round.
const REQUESTS: u32 = 300;
const USER: &str = "ann";

pub(crate) async fn measure(table: &mut Table) {
    let house = House::build("identity").await;
    let client = house.server.client(&house.pool, json!({})).await;
    house.server.user(&house.pool, USER, json!({})).await;
    let tokens: Value = house.server.sign_in(&client, USER).await;
    let provider = format!("cognito-idp.us-east-1.amazonaws.com/{}", house.pool);
    let logins = json!({ &provider: tokens["IdToken"] });
    let pool = identity_pool(&house, &provider, &client).await;
    let named = json!({ "IdentityPoolId": pool, "Logins": logins });
    let identity = house.server.public().of(&identity_pools::SERVICE).ok("GetId", named).await;
    let wanted = json!({ "IdentityId": identity["IdentityId"], "Logins": logins });
    let own = json!({ "AccessToken": tokens["AccessToken"] });

    let mut rounds = Vec::new();
    // The first round warms caches and does not count.
    for round in 0..=ROUNDS {
        let credentials =
            (0..REQUESTS).map(|_| requests::of_identity_pools("GetCredentialsForIdentity", &wanted));
        let (credentials, _) = cost::of_answers(&house.router, credentials.collect()).await;
        let user = (0..REQUESTS).map(|_| requests::public("GetUser", &own));
        let (user, _) = cost::of_answers(&house.router, user.collect()).await;
        if round > 0 {
            rounds.push((credentials, user));
        }
    }
    let median = |figure: fn(&(f64, f64)) -> f64| cost::median(rounds.iter().map(figure).collect());
    let detail = format!("{}, GetUser {}", cost::micros(median(|r| r.0)), cost::micros(median(|r| r.1)));
    table.put("GetCredentialsForIdentity, against GetUser", detail, median(|r| r.0 / r.1), BOUND, "x");
}

/// An identity pool whose users have a role.
async fn identity_pool(house: &House, provider: &str, client: &str) -> String {
    let root = house.server.admin();
    let settings = json!({
        "IdentityPoolName": "bench",
        "AllowUnauthenticatedIdentities": false,
        "CognitoIdentityProviders": [{ "ProviderName": provider, "ClientId": client }],
    });
    let made = root.of(&identity_pools::SERVICE).ok("CreateIdentityPool", settings).await;
    let pool = made["IdentityPoolId"].as_str().unwrap().to_owned();
    let trust = json!({ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow",
        "Principal": { "Federated": "cognito-identity.amazonaws.com" },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": { "StringEquals": { "cognito-identity.amazonaws.com:aud": pool } },
    } });
    let role = [("RoleName", "member"), ("AssumeRolePolicyDocument", &*trust.to_string())];
    house.server.admin().of(&iam::SERVICE).query("CreateRole", &role).await.unwrap();
    let roles = json!({
        "IdentityPoolId": pool, "Roles": { "authenticated": "arn:aws:iam::000000000000:role/member" },
    });
    house.server.admin().of(&identity_pools::SERVICE).ok("SetIdentityPoolRoles", roles).await;
    pool
}
