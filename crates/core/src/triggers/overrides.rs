//! What PreTokenGeneration changes in the claims of tokens, as far as it may (triggers-and-messages §8.5,
//! tokens §12). What it may not is passed over in silence, as AWS does.

use serde_json::{Map, Value};

use crate::model::group_claims::GroupClaims;

/// The claim that can be changed through `groupOverrideDetails`, and suppressed.
pub(super) const GROUPS: &str = "cognito:groups";

/// Claims that say whose token it is and how it came about; `aud` and `scope` have rules of their own.
const FIXED: [&str; 20] = [
    "acr",
    "amr",
    "at_hash",
    "auth_time",
    "azp",
    "client_id",
    "device_key",
    "event_id",
    "exp",
    "iat",
    "identities",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "origin_jti",
    "sub",
    "token_use",
    "username",
    "version",
];

/// Claims of the ID token whose value cannot be an object.
const NO_OBJECTS: [&str; 4] = ["phone_number_verified", "email_verified", "updated_at", "address"];

/// What is changed in one pair of tokens.
#[derive(Debug, Default)]
pub(crate) struct Overrides {
    pub(super) id: Changes,
    pub(super) access: Changes,
    pub(super) scopes_to_add: Vec<String>,
    pub(super) scopes_to_suppress: Vec<String>,
    /// What both tokens say of groups instead.
    pub(super) groups: Option<GroupClaims>,
}

/// What is changed in one token.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) add: Map<String, Value>,
    pub(super) suppress: Vec<String>,
}

impl Overrides {
    /// What the tokens are to say of groups.
    pub(crate) fn groups<'a>(&'a self, groups: &'a GroupClaims) -> &'a GroupClaims {
        self.groups.as_ref().unwrap_or(groups)
    }

    /// Changes the claims of an ID token.
    pub(crate) fn change_id_token(&self, claims: &mut Map<String, Value>) {
        let may_add = |name: &str, value: &Value| {
            name != "aud" && !name.starts_with("dev:") && !(value.is_object() && NO_OBJECTS.contains(&name))
        };
        self.id.apply(claims, may_add);
        if self.id.suppresses(GROUPS) {
            claims.shift_remove("cognito:roles");
            claims.shift_remove("cognito:preferred_role");
        }
    }

    /// Changes the claims of an access token, its scopes among them.
    pub(crate) fn change_access_token(&self, claims: &mut Map<String, Value>) {
        let client_id = claims.get("client_id").cloned();
        // An audience may be added, but no other than the client.
        let may_add = |name: &str, value: &Value| {
            !name.starts_with("dev:") && (name != "aud" || client_id.as_ref() == Some(value))
        };
        self.access.apply(claims, may_add);
        self.change_scope(claims);
    }

    fn change_scope(&self, claims: &mut Map<String, Value>) {
        if self.scopes_to_add.is_empty() && self.scopes_to_suppress.is_empty() {
            return;
        }
        let before = claims.get("scope").and_then(Value::as_str).unwrap_or_default();
        let mut scopes: Vec<&str> = before.split_whitespace().collect();
        for scope in &self.scopes_to_add {
            let whole = !scope.is_empty() && !scope.contains(char::is_whitespace);
            if whole && !scopes.contains(&scope.as_str()) {
                scopes.push(scope);
            }
        }
        scopes.retain(|scope| !self.scopes_to_suppress.iter().any(|suppressed| suppressed == scope));
        let scopes = scopes.join(" ");
        claims.insert("scope".to_owned(), scopes.into());
    }
}

impl Changes {
    /// A claim that is both added and suppressed is suppressed.
    fn apply(&self, claims: &mut Map<String, Value>, may_add: impl Fn(&str, &Value) -> bool) {
        for (name, value) in &self.add {
            if !is_fixed(name) && !value.is_null() && may_add(name, value) {
                claims.insert(name.clone(), value.clone());
            }
        }
        for name in &self.suppress {
            if name == GROUPS || !is_fixed(name) && name != "aud" {
                claims.shift_remove(name);
            }
        }
    }

    fn suppresses(&self, name: &str) -> bool {
        self.suppress.iter().any(|suppressed| suppressed == name)
    }
}

fn is_fixed(name: &str) -> bool {
    name == "scope" || name.starts_with("cognito:") || FIXED.contains(&name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changes(add: &Value, suppress: &[&str]) -> Changes {
        let add = add.as_object().cloned().unwrap_or_default();
        Changes { add, suppress: suppress.iter().map(|name| (*name).to_owned()).collect() }
    }

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn claims_are_added_changed_and_suppressed_in_place() {
        let id = changes(&json!({ "email": "new@example.com", "tenant": 7, "gone": "x" }), &["name", "gone"]);
        let mut claims =
            map(&json!({ "sub": "s", "email": "a@example.com", "name": "A", "zoneinfo": "UTC" }));
        Overrides { id, ..Overrides::default() }.change_id_token(&mut claims);
        let expected = r#"{"sub":"s","email":"new@example.com","zoneinfo":"UTC","tenant":7}"#;
        assert_eq!(Value::Object(claims).to_string(), expected);
    }

    #[test]
    fn fixed_claims_stay() {
        let mut names: Vec<&str> = FIXED.to_vec();
        names.extend(["aud", "scope", "cognito:username", "cognito:roles", "cognito:preferred_role"]);
        let before: Map<_, _> = names.iter().map(|name| ((*name).to_owned(), json!("own"))).collect();
        let add: Map<_, _> = names.iter().map(|name| ((*name).to_owned(), json!("forged"))).collect();
        let both = || changes(&Value::Object(add.clone()), &names);
        let overrides = Overrides { id: both(), access: both(), ..Overrides::default() };
        let (mut id, mut access) = (before.clone(), before.clone());
        overrides.change_id_token(&mut id);
        overrides.change_access_token(&mut access);
        assert_eq!((&id, &access), (&before, &before));
    }

    #[test]
    fn suppressed_groups_take_the_roles_along() {
        let mut claims =
            map(&json!({ GROUPS: ["a"], "cognito:roles": ["r"], "cognito:preferred_role": "r" }));
        let id = changes(&json!({ GROUPS: ["forged"] }), &[GROUPS]);
        Overrides { id, ..Overrides::default() }.change_id_token(&mut claims);
        assert_eq!(claims, Map::new());
    }

    #[test]
    fn what_has_no_place_in_a_token_is_passed_over() {
        let forged = json!({ "address": {}, "email_verified": {}, "dev:custom:x": "1", "nothing": null });
        let mut claims = map(&json!({ "dev:custom:y": "2" }));
        let id = changes(&forged, &["dev:custom:y"]);
        Overrides { id, ..Overrides::default() }.change_id_token(&mut claims);
        assert_eq!(claims, Map::new(), "developer-only attributes can be suppressed and nothing else");
    }

    #[test]
    fn the_audience_of_an_access_token_is_the_client_or_absent() {
        for (audience, expected) in [(json!("app"), Some(json!("app"))), (json!("other"), None)] {
            let mut claims = map(&json!({ "client_id": "app" }));
            let access = changes(&json!({ "aud": audience }), &[]);
            Overrides { access, ..Overrides::default() }.change_access_token(&mut claims);
            assert_eq!(claims.get("aud"), expected.as_ref());
        }
    }

    #[test]
    fn scopes_are_added_whole_and_suppressed_last() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let overrides = Overrides {
            scopes_to_add: texts(&["b", "two words", "", "a", "c"]),
            scopes_to_suppress: texts(&["c", "other"]),
            ..Overrides::default()
        };
        let mut claims = map(&json!({ "scope": "a" }));
        overrides.change_access_token(&mut claims);
        assert_eq!(claims.get("scope"), Some(&json!("a b")));
    }
}
