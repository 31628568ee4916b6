//! What the head of a request tells.

use axum::http::{HeaderMap, Request, Uri, header};
use poolhouse_kernel::request::{Origin, SourceAddress, UserContext};
use poolhouse_wire::{Operation, Protocol, SERVICES};

/// Where a request says which operation it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// In its target: AWS JSON. There may be no such operation.
    Target(Option<Operation>),
    /// In the form that is its body: Query.
    Form,
}

/// A target names an operation of the service whose prefix stands before it; without a target, a form does. JSON 1.0 is
/// another protocol and knows no operation here.
pub(crate) fn asked(headers: &HeaderMap) -> Asked {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    match headers.get("x-amz-target") {
        None if content_type.starts_with("application/x-www-form-urlencoded") => Asked::Form,
        None => Asked::Target(None),
        Some(_) if content_type.starts_with("application/x-amz-json-1.0") => Asked::Target(None),
        Some(target) => Asked::Target(target.to_str().ok().and_then(of_target)),
    }
}

fn of_target(target: &str) -> Option<Operation> {
    SERVICES.iter().find_map(|service| match service.protocol {
        Protocol::Json { target_prefix, .. } => service.operation(target.strip_prefix(target_prefix)?),
        Protocol::Query { .. } => None,
    })
}

/// Where a request comes from.
pub(crate) fn origin<B>(request: &Request<B>) -> Origin {
    let user_agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    Origin {
        address: request.extensions().get::<SourceAddress>().map(|source| source.0),
        user_agent: user_agent.map(ToOwned::to_owned),
        user: UserContext::default(),
    }
}

/// The region in the host that the request was sent to, where that is a name of user pools at AWS:
/// `cognito-idp.<region>.…`.
pub(crate) fn region(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let header = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = header.or_else(|| uri.host())?.strip_prefix("cognito-idp.")?;
    host.split_once('.').map(|(region, _)| region.to_owned())
}

/// The SDK as it names itself in one of two headers, in the form of the events (triggers-and-messages §4,
/// observed).
pub(crate) fn sdk(headers: &HeaderMap) -> Option<String> {
    let names = ["x-amz-user-agent", "user-agent"].into_iter();
    let texts = names.filter_map(|name| headers.get(name)?.to_str().ok());
    let mut words = texts.flat_map(str::split_whitespace);
    words.find(|word| word.starts_with("aws-sdk-")).map(|word| word.replace('/', "-"))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use poolhouse_wire::{identity_pools, kms, secretsmanager, user_pools};

    use super::*;

    #[test]
    fn a_target_names_service_and_operation() {
        let of = |target: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-amz-target", HeaderValue::from_static(target));
            asked(&headers)
        };
        let create_group = user_pools::Operation::CreateGroup;
        let get_id = identity_pools::Operation::GetId;
        let get_secret = secretsmanager::Operation::GetSecretValue;
        for (target, operation) in [
            ("AWSCognitoIdentityProviderService.CreateGroup", create_group.into()),
            ("AWSCognitoIdentityService.GetId", get_id.into()),
            ("TrentService.Decrypt", kms::Operation::Decrypt.into()),
            ("secretsmanager.GetSecretValue", get_secret.into()),
        ] {
            assert_eq!(of(target), Asked::Target(Some(operation)), "{target}");
        }
        for none in [
            "TrentService.CreateGroup",
            "TrentServiceDecrypt",
            "TrentService.Encrypt",
            "Decrypt",
            "",
            "AWSCognitoIdentityService.CreateGroup",
            "secretsmanager.CreateSecret",
            "sts.GetCallerIdentity",
            "GetCallerIdentity",
        ] {
            assert_eq!(of(none), Asked::Target(None), "{none}");
        }
    }

    #[test]
    fn a_form_without_a_target_names_its_operation_itself() {
        let of = |pairs: &[(&'static str, &'static str)]| {
            let field = |(name, value): &(&'static str, &'static str)| {
                (axum::http::HeaderName::from_static(name), HeaderValue::from_static(value))
            };
            asked(&pairs.iter().map(field).collect())
        };
        let form = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        assert_eq!(of(&[form]), Asked::Form);
        let target = ("x-amz-target", "TrentService.Decrypt");
        assert_eq!(of(&[form, target]), Asked::Target(Some(kms::Operation::Decrypt.into())));
        assert_eq!(of(&[("content-type", "text/plain")]), Asked::Target(None));
        assert_eq!(of(&[]), Asked::Target(None));
    }

    #[test]
    fn a_host_of_user_pools_names_its_region() {
        let of = |host: &'static str| {
            let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]);
            region(&headers, &Uri::from_static("/"))
        };
        assert_eq!(of("cognito-idp.eu-west-1.amazonaws.com").as_deref(), Some("eu-west-1"));
        assert_eq!(of("cognito-idp.eu-west-1.localhost:7665").as_deref(), Some("eu-west-1"));
        for none in ["127.0.0.1:7665", "cognito-idp.example", "id.eu-west-1.example.com", ""] {
            assert_eq!(of(none), None, "{none}");
        }
        // With HTTP/2 it stands in the URI.
        let uri = Uri::from_static("https://cognito-idp.eu-west-1.localhost/");
        assert_eq!(region(&HeaderMap::new(), &uri).as_deref(), Some("eu-west-1"));
    }

    #[test]
    fn the_sdk_names_itself() {
        let sdk =
            |agent: &str| sdk(&HeaderMap::from_iter([("user-agent".parse().ok()?, agent.parse().ok()?)]));
        let node = "aws-sdk-nodejs/2.856.0 linux/v14.16.0 callback";
        assert_eq!(sdk(node).as_deref(), Some("aws-sdk-nodejs-2.856.0"));
        assert_eq!(sdk("Boto3/1.40.1 md/Botocore#1.40.1"), None);
    }
}
