//! Which role an identity gets (identity-pools-and-iam §7).

use poolhouse_kernel::Fault;
use serde_json::{Map, Value};

use crate::logins::Login;
use crate::record::{
    AUTHENTICATED, Choice, Mapping, Otherwise, PREFERRED_ROLE, Pool, ROLES, Rule, Test, UNAUTHENTICATED,
};
use crate::{faults, rules};

/// How the role of a SAML provider's user is chosen where nothing else is said: by what was asserted (documented).
static BY_ASSERTION: Mapping = Mapping { choice: Choice::Token, otherwise: Otherwise::AuthenticatedRole };

/// The role of an identity with these logins, or the one that it asks for if it may have it.
///
/// # Errors
/// `NotAuthorizedException`, `InvalidParameterException`, `InvalidIdentityPoolConfigurationException`.
pub(crate) fn of(pool: &Pool, logins: &[Login], custom: Option<&str>) -> Result<String, Fault> {
    let mapped = logins.iter().find_map(|login| {
        let usual = rules::is_saml(&login.provider).then_some(&BY_ASSERTION);
        Some((login, pool.config.mappings.get(&login.mapping).or(usual)?))
    });
    if let Some((login, mapping)) = mapped
        && let Some(role) = by_mapping(login, mapping, custom)?
    {
        return Ok(role);
    }
    let name = if logins.is_empty() { UNAUTHENTICATED } else { AUTHENTICATED };
    let role = pool.config.roles.get(name).ok_or_else(faults::configuration)?;
    match custom {
        Some(custom) if custom != role => Err(not_in_token()),
        _ => Ok(role.clone()),
    }
}

/// The role by a mapping; none where it leaves the choice to the pool's own.
fn by_mapping(login: &Login, mapping: &Mapping, custom: Option<&str>) -> Result<Option<String>, Fault> {
    let chosen = match (&mapping.choice, custom) {
        (Choice::Token, Some(custom)) => {
            let is_own = roles(&login.claims).contains(&custom);
            return if is_own { Ok(Some(custom.to_owned())) } else { Err(not_in_token()) };
        }
        (Choice::Token, None) => by_token(&login.claims),
        (Choice::Rules(_), Some(_)) => {
            let text = "CustomRoleArn is not supported with rule-based role mappings.";
            return Err(Fault::invalid_parameter(text));
        }
        (Choice::Rules(rules), None) => {
            rules.iter().find(|rule| rule.fits(&login.claims)).map(|rule| rule.role_arn.as_str())
        }
    };
    match (chosen, mapping.otherwise) {
        (Some(role), _) => Ok(Some(role.to_owned())),
        (None, Otherwise::AuthenticatedRole) => Ok(None),
        (None, Otherwise::Deny) => Err(Fault::not_authorized(format!(
            "The ambiguous role mapping rules for: {} denied this request.",
            login.provider
        ))),
    }
}

fn by_token(claims: &Map<String, Value>) -> Option<&str> {
    let preferred = claims.get(PREFERRED_ROLE).and_then(Value::as_str);
    preferred.or_else(|| match roles(claims)[..] {
        [one] => Some(one),
        _ => None,
    })
}

/// `cognito:roles`, as a list or, in an older form, joined by commas.
fn roles(claims: &Map<String, Value>) -> Vec<&str> {
    match claims.get(ROLES) {
        Some(Value::Array(roles)) => roles.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(roles)) => roles.split(',').filter(|role| !role.is_empty()).collect(),
        _ => Vec::new(),
    }
}

fn not_in_token() -> Fault {
    Fault::not_authorized("Access denied: CustomRoleArn is not in the token.")
}

impl Rule {
    /// Whether a claim fits. One that is missing never does, even where it is to be another (documented); of a list one
    /// entry is enough, and where it is to be another, none may be it.
    fn fits(&self, claims: &Map<String, Value>) -> bool {
        let Some(claim) = claims.get(&self.claim) else { return false };
        let texts = match claim {
            Value::Array(entries) => entries.iter().filter_map(text).collect(),
            one => Vec::from_iter(text(one)),
        };
        let any = |test: &dyn Fn(&str) -> bool| texts.iter().any(|text| test(text));
        let value = self.value.as_str();
        match self.test {
            Test::Equals => any(&|text| text == value),
            Test::NotEqual => !texts.is_empty() && !any(&|text| text == value),
            Test::StartsWith => any(&|text| text.starts_with(value)),
            Test::Contains => any(&|text| text.contains(value)),
        }
    }
}

/// A claim as a text.
pub(crate) fn text(claim: &Value) -> Option<String> {
    match claim {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(claim.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use poolhouse_wire::ErrorCode;
    use serde_json::json;

    use super::*;
    use crate::logins::Kind;
    use crate::record::Config;
    use poolhouse_ports::Timestamp;

    fn pool(choice: Choice, otherwise: Otherwise) -> Pool {
        let role = |name: &str| (name.to_owned(), format!("role/{name}"));
        let config = Config {
            roles: [role(AUTHENTICATED), role(UNAUTHENTICATED)].into(),
            mappings: [("p:c".to_owned(), Mapping { choice, otherwise })].into(),
            ..Config::default()
        };
        Pool { id: "r:1".into(), name: String::new(), created_at: Timestamp(0), config }
    }

    fn login(mapping: &str, claims: Value) -> Login {
        let Value::Object(claims) = claims else { panic!("claims are an object") };
        Login {
            kind: Kind::Public,
            provider: "p".to_owned(),
            subject: "s".to_owned(),
            detail: String::new(),
            mapping: mapping.to_owned(),
            is_linkable: true,
            claims,
            tags: std::collections::BTreeMap::new(),
        }
    }

    #[track_caller]
    fn told(result: Result<String, Fault>) -> (ErrorCode, String) {
        let fault = result.unwrap_err();
        (fault.code(), fault.message().unwrap_or_default().to_owned())
    }

    // identity-pools-and-iam §7, documented
    #[test]
    fn a_token_gives_its_preferred_role_or_its_only_one() {
        let pool = pool(Choice::Token, Otherwise::Deny);
        let of = |claims, custom| of(&pool, &[login("p:c", claims)], custom);
        assert_eq!(of(json!({ PREFERRED_ROLE: "a", ROLES: ["b", "a"] }), None).unwrap(), "a");
        assert_eq!(of(json!({ ROLES: ["b"] }), None).unwrap(), "b");
        assert_eq!(of(json!({ ROLES: "b" }), None).unwrap(), "b");
        assert_eq!(of(json!({ PREFERRED_ROLE: "a", ROLES: ["b", "a"] }), Some("b")).unwrap(), "b");
        assert_eq!(of(json!({ ROLES: "a,b" }), Some("b")).unwrap(), "b");
        let denied = "The ambiguous role mapping rules for: p denied this request.".to_owned();
        for claims in [json!({ ROLES: ["a", "b"] }), json!({ ROLES: [] }), json!({}), json!({ ROLES: 1 })] {
            assert_eq!(told(of(claims, None)), (ErrorCode::NotAuthorizedException, denied.clone()));
        }
        let foreign = told(of(json!({ ROLES: ["a"] }), Some("b")));
        assert_eq!(foreign.1, "Access denied: CustomRoleArn is not in the token.");
    }

    #[test]
    fn without_a_choice_the_pools_own_role_counts() {
        let pool = pool(Choice::Token, Otherwise::AuthenticatedRole);
        let ambiguous = [login("p:c", json!({ ROLES: ["a", "b"] }))];
        assert_eq!(of(&pool, &ambiguous, None).unwrap(), "role/authenticated");
        let unmapped = [login("other", json!({ PREFERRED_ROLE: "a" }))];
        assert_eq!(of(&pool, &unmapped, None).unwrap(), "role/authenticated");
        assert_eq!(of(&pool, &unmapped, Some("role/authenticated")).unwrap(), "role/authenticated");
        assert_eq!(told(of(&pool, &unmapped, Some("a"))).0, ErrorCode::NotAuthorizedException);
        assert_eq!(of(&pool, &[], None).unwrap(), "role/unauthenticated");
        let bare = Pool { config: Config::default(), ..pool };
        assert_eq!(told(of(&bare, &[], None)).0, ErrorCode::InvalidIdentityPoolConfigurationException);
    }

    #[test]
    fn the_first_rule_that_fits_gives_the_role() {
        let rule = |claim: &str, test, value: &str, role: &str| Rule {
            claim: claim.to_owned(),
            test,
            value: value.to_owned(),
            role_arn: role.to_owned(),
        };
        let rules = vec![
            rule("custom:dept", Test::Equals, "it", "1"),
            rule("custom:dept", Test::StartsWith, "sal", "2"),
            rule("cognito:groups", Test::Contains, "min", "3"),
            rule("level", Test::NotEqual, "7", "4"),
        ];
        let pool = pool(Choice::Rules(rules), Otherwise::Deny);
        let of = |claims, custom| of(&pool, &[login("p:c", claims)], custom);
        for (claims, role) in [
            (json!({ "custom:dept": "it", "cognito:groups": ["admins"] }), "1"),
            (json!({ "custom:dept": "sales" }), "2"),
            (json!({ "cognito:groups": ["users", "admins"] }), "3"),
            (json!({ "level": 8 }), "4"),
            (json!({ "level": ["6", "8"] }), "4"),
        ] {
            assert_eq!(of(claims, None).unwrap(), role);
        }
        for claims in
            [json!({}), json!({ "level": 7 }), json!({ "level": ["7", "8"] }), json!({ "level": null })]
        {
            assert_eq!(told(of(claims, None)).0, ErrorCode::NotAuthorizedException);
        }
        let custom = told(of(json!({ "custom:dept": "it" }), Some("1")));
        assert_eq!(custom.0, ErrorCode::InvalidParameterException);
    }
}
