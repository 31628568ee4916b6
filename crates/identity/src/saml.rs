//! Users of SAML providers, by what these assert of them (identity-pools-and-iam §1, §4, §6).

use poolhouse_core::Cx;
use poolhouse_iam::saml_providers;
use poolhouse_kernel::Fault;
use poolhouse_saml::{
    Assertion, Attribute, Expected, IdentityProvider, Legacy, Origin, Refusal, ServiceProvider, check_form,
};
use serde_json::{Map, Value, json};

use crate::{faults, record};

/// For whom assertions are, and where they are sent (documented of roles for SAML users).
const ENTITY: &str = "urn:amazon:webservices";
const PLACE: &str = "https://signin.aws.amazon.com/saml";

/// The attribute that names roles, each with its provider (documented).
const ROLES: &str = "https://aws.amazon.com/SAML/Attributes/Role";

/// Who it is that a SAML provider asserts something of.
pub(crate) struct Asserted {
    /// The text of the NameID.
    pub(crate) subject: String,
    /// What else is asserted, and the roles as tokens of user pools have them.
    pub(crate) claims: Map<String, Value>,
}

/// Believes the answer of the provider with this ARN, if it is fresh, and meant for us. A caller shows it at each call:
/// it is good for as long as it says, not for once.
///
/// # Errors
/// `NotAuthorizedException`.
pub(crate) async fn believed(cx: &Cx, arn: &str, response: &str) -> Result<Asserted, Fault> {
    let refused = |refusal: Refusal| {
        tracing::info!(provider = arn, %refusal, "an assertion of a SAML provider is not taken");
        told(&refusal)
    };
    // What is no message costs no metadata, which are read and parsed for each (record 29).
    check_form(response).map_err(refused)?;
    let provider = saml_providers::find(cx, arn).await?.ok_or_else(faults::unsupported_provider)?;
    let now = cx.outside_now();
    let metadata = IdentityProvider::from_metadata(provider.metadata.as_bytes(), None, now);
    let service = ServiceProvider {
        entity_id: ENTITY.to_owned(),
        acs_url: PLACE.to_owned(),
        slo_url: PLACE.to_owned(),
    };
    let accepted = metadata.and_then(|metadata| {
        let expected = Expected {
            provider: &metadata,
            origin: Origin::Unsolicited,
            authenticated_since: None,
            decryption_key: None,
            legacy: Legacy::default(),
        };
        service.accept(response, now, &expected)
    });
    read(arn, accepted.map_err(refused)?)
}

/// Who is asserted, and what of them.
///
/// # Errors
/// `NotAuthorizedException`.
fn read(arn: &str, assertion: Assertion) -> Result<Asserted, Fault> {
    let mut claims = Map::new();
    for attribute in assertion.attributes {
        if attribute.name == ROLES {
            claims.insert(record::ROLES.to_owned(), json!(roles(arn, &attribute)?));
        }
        // Roles stand in their own attribute, beside the provider.
        if [record::ROLES, record::PREFERRED_ROLE].contains(&&*attribute.name) {
            continue;
        }
        let value = match &attribute.values[..] {
            [one] => json!(one),
            several => json!(several),
        };
        claims.insert(attribute.name, value);
    }
    Ok(Asserted { subject: assertion.name_id.value, claims })
}

/// The roles that the provider gives by this name of it. An assertion with roles by other names alone is for another account, and
/// lets nobody in here, not with the pool's own role either (identity-pools-and-iam §6, ours).
///
/// # Errors
/// `NotAuthorizedException`.
fn roles<'a>(arn: &str, attribute: &'a Attribute) -> Result<Vec<&'a str>, Fault> {
    let roles: Vec<&str> = attribute.values.iter().filter_map(|pair| role(arn, pair)).collect();
    if roles.is_empty() && attribute.values.iter().any(|value| value.contains(',')) {
        tracing::info!(provider = arn, "an assertion of a SAML provider has roles by other providers alone");
        return Err(faults::unsupported_provider());
    }
    Ok(roles)
}

/// The role in a pair of role and provider, in either order, if the provider is this one.
fn role<'p>(arn: &str, pair: &'p str) -> Option<&'p str> {
    match pair.split_once(',').map(|(one, other)| (one.trim(), other.trim()))? {
        (role, provider) if provider == arn => Some(role),
        (provider, role) if provider == arn => Some(role),
        _ => None,
    }
}

/// A refusal in the words of identity pools.
fn told(refusal: &Refusal) -> Fault {
    match refusal {
        Refusal::Audience | Refusal::Recipient | Refusal::Destination | Refusal::Issuer => {
            faults::unsupported_provider()
        }
        Refusal::Expired | Refusal::TooOld | Refusal::SessionEnded => {
            faults::invalid_login("SAML assertion expired.")
        }
        Refusal::TooLong | Refusal::Encoding => faults::invalid_login("Not a valid SAML response."),
        _ => faults::invalid_login("Couldn't verify SAML assertion."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_stands_beside_its_provider_in_either_order() {
        let (role_arn, arn) = ("arn:aws:iam::1:role/r", "arn:aws:iam::1:saml-provider/corp");
        for pair in [format!("{role_arn},{arn}"), format!("{arn}, {role_arn}")] {
            assert_eq!(role(arn, &pair), Some(role_arn));
        }
        for pair in [role_arn, "", "a,b", "arn:aws:iam::1:role/r,arn:aws:iam::1:saml-provider/other"] {
            assert_eq!(role(arn, pair), None, "{pair}");
        }
    }
}
