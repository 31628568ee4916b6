//! Rust names for the model's names.

use std::path::Path;

/// Whether a path ends with an extension.
pub(crate) fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

/// The words of a name: `CallbackURLs` is Callback, Urls; `USER_SRP_AUTH` is User, Srp, Auth.
fn words(name: &str) -> Vec<String> {
    // Spellings that break the rule that a capital begins a word.
    let name = name.replace("OAuth", "Oauth").replace("URLs", "Urls").replace("ARNs", "Arns");
    let characters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (i, &c) in characters.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| characters.get(i)).copied().unwrap_or('_');
        let after = characters.get(i + 1).copied().unwrap_or('_');
        let begins = c.is_uppercase() && (!before.is_uppercase() || after.is_lowercase());
        if c == '_' || c == '-' || (begins && before != '_') {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(c);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A field's or function's name: `CallbackURLs` is `callback_urls`.
pub(crate) fn snake(name: &str) -> String {
    let name = words(name).join("_").to_lowercase();
    if matches!(name.as_str(), "type") { format!("r#{name}") } else { name }
}

/// A static's name: `GroupNameType` is `GROUP_NAME_TYPE`.
pub(crate) fn upper(name: &str) -> String {
    words(name).join("_").to_uppercase()
}

/// A variant's name: `USER_SRP_AUTH` is `UserSrpAuth`, `TLS_V1_2_2021` is `TlsV1_2_2021`.
pub(crate) fn variant(value: &str) -> String {
    let mut name = String::new();
    for word in words(value) {
        // Digits that follow digits would run into each other.
        if word.starts_with(|c: char| c.is_ascii_digit()) && name.ends_with(|c: char| c.is_ascii_digit()) {
            name.push('_');
        }
        let (first, rest) = word.split_at(1);
        name.push_str(&first.to_uppercase());
        name.push_str(&rest.to_lowercase());
    }
    name
}

/// A type's name: shapes of some services begin with a small letter.
pub(crate) fn type_name(shape: &str) -> String {
    let (first, rest) = shape.split_at(1);
    first.to_uppercase() + rest
}

/// The name serde's `PascalCase` gives back for a field.
pub(crate) fn pascal(field: &str) -> String {
    let mut name = String::new();
    for word in field.trim_start_matches("r#").split('_') {
        let (first, rest) = word.split_at(word.len().min(1));
        name.push_str(&first.to_uppercase());
        name.push_str(rest);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields() {
        for (name, field) in [
            ("UserPoolId", "user_pool_id"),
            ("AWSAccountId", "aws_account_id"),
            ("AllowedOAuthFlowsUserPoolClient", "allowed_oauth_flows_user_pool_client"),
            ("CSS", "css"),
            ("CSSVersion", "css_version"),
            ("CallbackURLs", "callback_urls"),
            ("DefaultRedirectURI", "default_redirect_uri"),
            ("KMSKeyID", "kms_key_id"),
            ("MFAOptions", "mfa_options"),
            ("OpenIdConnectProviderARNs", "open_id_connect_provider_arns"),
            ("PrimaryRoute53HealthCheckId", "primary_route53_health_check_id"),
            ("S3Bucket", "s3_bucket"),
            ("Type", "r#type"),
            ("headerName", "header_name"),
        ] {
            assert_eq!(snake(name), field);
        }
    }

    #[test]
    fn variants() {
        for (value, name) in [
            ("ADMIN_NO_SRP_AUTH", "AdminNoSrpAuth"),
            ("LoginWithAmazon", "LoginWithAmazon"),
            ("N_A", "NA"),
            ("PBKDF2_SHA256", "Pbkdf2Sha256"),
            ("TLS_V1_2_2021", "TlsV1_2_2021"),
            ("V1_0", "V1_0"),
            ("phone_number", "PhoneNumber"),
            ("userAuthEvents", "UserAuthEvents"),
        ] {
            assert_eq!(variant(value), name);
        }
    }

    #[test]
    fn serde_gives_the_wire_name_back_where_it_can() {
        assert_eq!(pascal("user_pool_id"), "UserPoolId");
        assert_eq!(pascal("r#type"), "Type");
        assert_ne!(pascal("css"), "CSS");
    }
}
