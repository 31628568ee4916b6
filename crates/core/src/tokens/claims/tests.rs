use poolhouse_ports::Timestamp;
use poolhouse_store::tables::users::User as UserRow;
use poolhouse_wire::user_pools::{
    FeatureType, RefreshTokenRotationType, TimeUnitsType, TokenValidityUnitsType, UserStatusType,
};

use super::*;
use crate::model::client::Settings;
use crate::model::factors::Mfa;

fn client(settings: Settings) -> Client {
    Client {
        id: "client1".into(),
        pool_id: "us-east-1_abc".into(),
        name: "app".to_owned(),
        created_at: Timestamp(0),
        modified_at: Timestamp(0),
        settings,
        secrets: Vec::new(),
        kind: None,
        risk: None,
        sso_minutes: None,
        metadata: None,
        published: None,
    }
}

fn user(attributes: &[(&str, &str)]) -> User {
    let row = UserRow {
        pool_id: "us-east-1_abc".into(),
        sub: "the-sub".into(),
        username: "Alice".into(),
        username_key: "alice".to_owned(),
        status: String::new(),
        enabled: true,
        created_at: Timestamp(0),
        modified_at: Timestamp(0),
        attributes: String::new(),
        verifier: None,
        password_set_at: None,
        password_version: 1,
        password_history: None,
        mfa: None,
        sign_outs: 0,
        imported_hash: None,
    };
    let attributes = attributes.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    User { row, attributes, status: UserStatusType::Confirmed, mfa: Mfa::default() }
}

fn groups() -> GroupClaims {
    GroupClaims {
        groups: vec!["admins".to_owned(), "staff".to_owned()],
        roles: vec!["R1".to_owned(), "R2".to_owned()],
        preferred_role: Some("R2".to_owned()),
    }
}

/// ID and access claims, as they are written.
fn both(client: &Client, user: &User, groups: &GroupClaims) -> (String, String) {
    let sign_in = SignIn {
        event_id: "the-event".to_owned(),
        origin_jti: "the-origin".to_owned(),
        auth_time: 500,
        scope: "a.scope".to_owned(),
        device_key: None,
        assurance: Assurance::default(),
        hosted: None,
    };
    let of = Issuance {
        issuer: "http://issuer",
        client,
        user,
        groups,
        sign_in: &sign_in,
        nonce: None,
        issued_at: 1000,
    };
    let text = |claims: Map<String, Value>| serde_json::to_string(&claims).unwrap();
    (text(id_token(&of, "j1")), text(access_token(&of, "j2")))
}

#[test]
fn members_stand_in_the_order_of_aws() {
    let user = user(&[("email", "a@example.com"), ("email_verified", "true"), ("custom:level", "7")]);
    let (id, access) = both(&client(Settings::default()), &user, &groups());
    assert_eq!(
        id,
        r#"{"sub":"the-sub","cognito:groups":["admins","staff"],"email_verified":true,"cognito:preferred_role":"R2","iss":"http://issuer","cognito:username":"Alice","origin_jti":"the-origin","cognito:roles":["R1","R2"],"aud":"client1","event_id":"the-event","token_use":"id","auth_time":500,"exp":4600,"iat":1000,"jti":"j1","custom:level":"7","email":"a@example.com"}"#
    );
    assert_eq!(
        access,
        r#"{"sub":"the-sub","cognito:groups":["admins","staff"],"iss":"http://issuer","client_id":"client1","origin_jti":"the-origin","event_id":"the-event","token_use":"access","scope":"a.scope","auth_time":500,"exp":4600,"iat":1000,"jti":"j2","username":"Alice"}"#
    );
}

#[test]
fn without_groups_and_revocation_their_claims_are_absent() {
    let settings = Settings { enable_token_revocation: Some(false), ..Default::default() };
    let (id, access) = both(&client(settings), &user(&[]), &GroupClaims::default());
    assert_eq!(
        id,
        r#"{"sub":"the-sub","iss":"http://issuer","cognito:username":"Alice","aud":"client1","event_id":"the-event","token_use":"id","auth_time":500,"exp":4600,"iat":1000}"#
    );
    assert_eq!(
        access,
        r#"{"sub":"the-sub","iss":"http://issuer","client_id":"client1","event_id":"the-event","token_use":"access","scope":"a.scope","auth_time":500,"exp":4600,"iat":1000,"jti":"j2","username":"Alice"}"#
    );
}

#[test]
fn rotation_needs_the_sign_in_named_also_without_revocation() {
    let settings = Settings {
        enable_token_revocation: Some(false),
        refresh_token_rotation: Some(RefreshTokenRotationType {
            feature: FeatureType::Enabled,
            retry_grace_period_seconds: Some(0),
        }),
        ..Default::default()
    };
    let (id, access) = both(&client(settings), &user(&[]), &GroupClaims::default());
    assert!(id.contains(r#""origin_jti":"the-origin""#) && id.contains(r#""jti":"j1""#), "{id}");
    assert!(access.contains(r#""origin_jti":"the-origin""#), "{access}");
}

#[test]
fn attributes_have_the_types_of_their_claims() {
    let user = user(&[
        ("address", "1 Main St"),
        ("birthdate", "2000-01-01"),
        ("custom:flag", "true"),
        ("email_verified", "True"),
        ("phone_number", "+12065550100"),
        ("phone_number_verified", "false"),
        ("updated_at", "1757030400"),
    ]);
    let (id, _) = both(&client(Settings::default()), &user, &GroupClaims::default());
    let id: Value = serde_json::from_str(&id).unwrap();
    assert_eq!(id["address"], json!({ "formatted": "1 Main St" }));
    assert_eq!(id["birthdate"], json!("2000-01-01"));
    assert_eq!(id["custom:flag"], json!("true"));
    assert_eq!(id["email_verified"], json!(true));
    assert_eq!(id["phone_number"], json!("+12065550100"));
    assert_eq!(id["phone_number_verified"], json!(false));
    assert_eq!(id["updated_at"], json!(1_757_030_400));
}

#[test]
fn only_readable_attributes_are_told() {
    let settings = Settings { read_attributes: Some(vec!["name".to_owned()]), ..Default::default() };
    let user = user(&[("email", "a@example.com"), ("email_verified", "true"), ("name", "Alice A.")]);
    let (id, _) = both(&client(settings), &user, &GroupClaims::default());
    let id: Value = serde_json::from_str(&id).unwrap();
    assert_eq!(id["name"], "Alice A.");
    assert_eq!((id.get("email"), id.get("email_verified")), (None, None));
}

#[test]
fn each_token_lives_as_long_as_the_client_says() {
    let settings = Settings {
        access_token_validity: Some(5),
        id_token_validity: Some(2),
        token_validity_units: Some(TokenValidityUnitsType {
            access_token: Some(TimeUnitsType::Minutes),
            ..Default::default()
        }),
        ..Default::default()
    };
    let (id, access) = both(&client(settings), &user(&[]), &GroupClaims::default());
    assert!(id.contains(r#""exp":8200,"iat":1000"#), "{id}");
    assert!(access.contains(r#""exp":1300,"iat":1000"#), "{access}");
}
