//! Requests as an audit may keep them: without what is secret, by the same table that checks them.

use std::fmt;

use serde_json::{Map, Value};

use crate::Structure;
use crate::constraints::{Kind, Member, Shape};

/// Stands in the place of a value that is left out, as CloudTrail writes it.
pub const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// A request without its secrets, its members named as CloudTrail names them: with a small first letter. What the table does
/// not know is not there, and what has another type than the table says is hidden: nobody knows what it is.
pub fn redacted(structure: &Structure, value: &Value) -> Value {
    let Value::Object(given) = value else { return Value::Null };
    let member = |member: &Member| {
        let value = given.get(member.name).filter(|value| !value.is_null())?;
        Some((Name(member).to_string(), shown(member.shape, value)))
    };
    Value::Object(structure.members.iter().filter_map(member).collect())
}

fn shown(shape: &Shape, value: &Value) -> Value {
    if shape.sensitive || shape.secret {
        return HIDDEN.into();
    }
    match (&shape.kind, value) {
        (Kind::Structure(of), Value::Object(_)) => redacted(of, value),
        (Kind::List(of), Value::Array(list)) => list.iter().map(|value| shown(of, value)).collect(),
        (Kind::Map(keys, of), Value::Object(map)) if !keys.sensitive && !keys.secret => {
            let entry = |(key, value): (&String, &Value)| (key.clone(), shown(of, value));
            Value::Object(map.iter().map(entry).collect::<Map<_, _>>())
        }
        (Kind::String | Kind::Blob, Value::String(_))
        | (Kind::Integer | Kind::Long | Kind::Timestamp, Value::Number(_))
        | (Kind::Boolean, Value::Bool(_))
        | (Kind::Document, _)
        | (_, Value::Null) => value.clone(),
        _ => HIDDEN.into(),
    }
}

/// A member's name as it is printed.
struct Name<'a>(&'a Member);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.print_name(f)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{SERVICES, Service, iam, kms, sts, user_pools};

    fn of(service: &Service, operation: &str, input: &Value) -> Value {
        redacted(service.operation(operation).unwrap().facts().input, input)
    }

    #[test]
    fn sensitive_members_are_hidden_at_any_depth() {
        let input = json!({
            "UserPoolId": "r_1", "Username": "ann", "TemporaryPassword": "secret", "ForceAliasCreation": true,
            "UserAttributes": [{ "Name": "email", "Value": "ann@example.com" }],
            "ClientMetadata": { "captcha": "secret" }, "DesiredDeliveryMediums": ["EMAIL"], "Unknown": "secret",
        });
        assert_eq!(
            of(&user_pools::SERVICE, "AdminCreateUser", &input),
            json!({
                "userPoolId": "r_1", "username": HIDDEN, "temporaryPassword": HIDDEN, "forceAliasCreation": true,
                "userAttributes": [{ "name": "email", "value": HIDDEN }],
                "clientMetadata": HIDDEN, "desiredDeliveryMediums": ["EMAIL"],
            })
        );
    }

    #[test]
    fn what_is_not_as_the_model_says_is_hidden() {
        let input = json!({ "UserPoolId": { "a": "secret" }, "GroupName": 5, "Precedence": "secret", "RoleArn": null });
        assert_eq!(
            of(&user_pools::SERVICE, "CreateGroup", &input),
            json!({ "userPoolId": HIDDEN, "groupName": HIDDEN, "precedence": HIDDEN })
        );
        assert_eq!(of(&user_pools::SERVICE, "CreateGroup", &json!("secret")), Value::Null);
    }

    #[test]
    fn secrets_that_the_model_forgot_are_hidden() {
        let details = json!({ "ProviderDetails": { "client_secret": "secret" }, "ProviderType": "OIDC" });
        assert_eq!(
            of(&user_pools::SERVICE, "CreateIdentityProvider", &details),
            json!({ "providerDetails": HIDDEN, "providerType": "OIDC" })
        );
        let tokens = json!({ "GrantTokens": ["secret"], "KeyId": "k" });
        assert_eq!(of(&kms::SERVICE, "Decrypt", &tokens), json!({ "grantTokens": [HIDDEN], "keyId": "k" }));
        assert_eq!(
            of(&sts::SERVICE, "GetSessionToken", &json!({ "TokenCode": "123456" })),
            json!({ "tokenCode": HIDDEN })
        );
        let policy = json!({ "UserName": "ann", "PolicyName": "p", "PolicyDocument": "{}" });
        assert_eq!(
            of(&iam::SERVICE, "PutUserPolicy", &policy),
            json!({ "userName": "ann", "policyName": "p", "policyDocument": "{}" })
        );
    }

    /// The values of a request that has everything, and what of them is shown.
    fn fill(shape: &'static Shape, within: &str, secrets: &mut Vec<String>, depth: u8) -> Value {
        match &shape.kind {
            Kind::Structure(of) if depth > 0 => fill_structure(of, secrets, depth - 1),
            Kind::Structure(_) => json!({}),
            Kind::List(of) => json!([fill(of, within, secrets, depth)]),
            Kind::Map(_, of) => json!({ "key": fill(of, within, secrets, depth) }),
            Kind::Boolean => true.into(),
            Kind::Integer | Kind::Long | Kind::Timestamp => 1.into(),
            Kind::Document => Value::Null,
            Kind::String | Kind::Blob => {
                let value = format!("value-{}", secrets.len());
                secrets.push(format!("{within}={value}"));
                value.into()
            }
        }
    }

    fn fill_structure(structure: &'static Structure, secrets: &mut Vec<String>, depth: u8) -> Value {
        let member =
            |member: &Member| (member.name.to_owned(), fill(member.shape, member.name, secrets, depth));
        Value::Object(structure.members.iter().map(member).collect())
    }

    /// Whether a member's name speaks of a secret. Ids, names and types of secrets are none, and what pages continue after
    /// is sealed.
    fn speaks_of_a_secret(name: &str) -> bool {
        let name = name.to_lowercase();
        let harmless =
            ["id", "name", "type", "validityunits", "algorithm", "arn", "rotation", "configuration", "mode"];
        let words = [
            "password",
            "secret",
            "token",
            "assertion",
            "proof",
            "verifier",
            "salt",
            "authparameters",
            "responses",
        ];
        // Not `EncodedData`.
        (words.iter().any(|word| name.contains(word)) || name.ends_with("code"))
            && !harmless.iter().any(|end| name.ends_with(end))
            && !["nexttoken", "paginationtoken", "marker", "pretokengeneration"].contains(&name.as_str())
    }

    // No second list of what is secret: names alone are looked at, to find what the tables forgot.
    #[test]
    fn no_operation_shows_a_member_whose_name_speaks_of_a_secret() {
        /// Words for units of time and settings, in members of that name.
        const WORDS: [&str; 5] = ["AccessToken", "IdToken", "RefreshToken", "TokenValidityUnits", "SecretId"];
        let mut operations = 0;
        for service in SERVICES {
            for facts in operations_of(service) {
                operations += 1;
                let mut values = Vec::new();
                let input = fill_structure(facts.input, &mut values, 4);
                let text = redacted(facts.input, &input).to_string();
                for entry in &values {
                    let (name, value) = entry.split_once('=').unwrap();
                    let is_shown = text.contains(&format!("\"{value}\""));
                    let is_a_word = WORDS.contains(&name) && facts.name.ends_with("UserPoolClient");
                    assert!(!is_shown || is_a_word || !speaks_of_a_secret(name), "{}: {name}", facts.name);
                }
            }
        }
        assert!(operations > 200, "{operations}");
    }

    fn operations_of(service: &Service) -> Vec<&'static crate::Facts> {
        match service.signing_name {
            "cognito-idp" => user_pools::Operation::ALL.map(user_pools::Operation::facts).to_vec(),
            "cognito-identity" => {
                crate::identity_pools::Operation::ALL.map(crate::identity_pools::Operation::facts).to_vec()
            }
            "iam" => iam::Operation::ALL.map(iam::Operation::facts).to_vec(),
            "kms" => kms::Operation::ALL.map(kms::Operation::facts).to_vec(),
            "secretsmanager" => {
                crate::secretsmanager::Operation::ALL.map(crate::secretsmanager::Operation::facts).to_vec()
            }
            _ => sts::Operation::ALL.map(sts::Operation::facts).to_vec(),
        }
    }
}
