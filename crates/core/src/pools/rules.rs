//! What the service model cannot say about a pool's settings. Everything is held against the settings as
//! they will be, so an update that drops one half of a pair is refused like a creation without it
//! (docs/cognito/operations-and-protection.md §2-§4).

use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    AuthFactorType, EmailSendingAccountType, EncryptionKeyType, RecoveryOptionNameType, SmsConfigurationType,
    UserPoolMfaType, VerifiedAttributeType, WebAuthnFactorConfigurationType,
};

use crate::model::pool::{PoolSettings, first_factors};
use crate::model::pool_settings::Settings;

/// The names of authentication levels that a pool does not name itself (new-operations §9).
pub(super) const ACR_LEVELS: [(&str, &str); 4] = [
    ("Level1", "urn:cognito:loa:1"),
    ("Level2", "urn:cognito:loa:2"),
    ("Level3", "urn:cognito:loa:3"),
    ("Level4", "urn:cognito:loa:4"),
];

/// Checks the settings of a pool in `region`.
///
/// # Errors
/// `InvalidParameterException`.
pub(super) fn check(settings: &PoolSettings, region: &str) -> Result<(), Fault> {
    let pool = &settings.general;
    check_lambda_config(pool)?;
    if let Some(sms) = &pool.sms_configuration {
        check_sms_configuration(sms, region)?;
    }
    check_email_configuration(pool)?;
    check_verification(pool)?;
    check_first_factors(pool)?;
    check_first_factors_beside_mfa(settings)?;
    check_account_recovery(pool)?;
    check_key_configuration(pool)?;
    check_acr_configuration(pool)
}

fn refuse(text: &'static str) -> Result<(), Fault> {
    Err(Fault::invalid_parameter(text))
}

/// triggers-and-messages §1, recorded. Functions and keys of other regions are taken: none of AWS is called.
fn check_lambda_config(pool: &Settings) -> Result<(), Fault> {
    let Some(lambda) = &pool.lambda_config else { return Ok(()) };
    if let (Some(arn), Some(config)) = (&lambda.pre_token_generation, &lambda.pre_token_generation_config)
        && *arn != config.lambda_arn
    {
        return refuse(
            "Cannot use PreTokenGenerationLambda and PreTokenGeneration with different Lambda function ARN's",
        );
    }
    let has_custom_sender = lambda.custom_email_sender.is_some() || lambda.custom_sms_sender.is_some();
    if has_custom_sender && lambda.kms_key_id.is_none() {
        return refuse("KMSKeyId parameter is required when Custom SMS/Email Lambda trigger is used.");
    }
    Ok(())
}

/// Exactly one of the two ways to send (new-operations §13).
pub(super) fn check_sms_configuration(sms: &SmsConfigurationType, region: &str) -> Result<(), Fault> {
    match (&sms.sns_caller_arn, &sms.eums_sms) {
        (Some(_), None) => Ok(()),
        (None, Some(eums)) if eums.region.as_deref().is_none_or(|r| r == region) => Ok(()),
        (None, Some(_)) => refuse("The Region of EumsSms must be the region of the user pool."),
        _ => refuse("Exactly one of SnsCallerArn and EumsSms is required in SmsConfiguration."),
    }
}

/// triggers-and-messages §9, recorded
fn check_email_configuration(pool: &Settings) -> Result<(), Fault> {
    let Some(email) = &pool.email_configuration else { return Ok(()) };
    let own_sender = email.email_sending_account == Some(EmailSendingAccountType::Developer);
    if own_sender && email.source_arn.is_none() {
        return refuse("Source ARN is required to use DEVELOPER email sending owner");
    }
    if email.from.as_deref().is_some_and(|from| !from.is_empty() && !names_mailbox(from)) {
        return refuse("Provided From email address is invalid");
    }
    Ok(())
}

/// Whether a sender is an address, or `Name <address>`.
fn names_mailbox(sender: &str) -> bool {
    let sender = sender.trim();
    let address =
        sender.strip_suffix('>').and_then(|s| s.rsplit_once('<')).map_or(sender, |(_, inner)| inner);
    address.rsplit_once('@').is_some_and(|(local, domain)| {
        let is_bad = |c: char| c.is_whitespace() || c.is_control() || "<>,;".contains(c);
        !local.is_empty() && !domain.is_empty() && !address.contains(is_bad) && !local.contains('@')
    })
}

fn check_verification(pool: &Settings) -> Result<(), Fault> {
    let verified = pool.auto_verified_attributes.as_deref().unwrap_or_default();
    if verified.contains(&VerifiedAttributeType::PhoneNumber) && pool.sms_configuration.is_none() {
        return refuse("SMS configuration is required when phone_number is selected for auto verification");
    }
    let settings = pool.user_attribute_update_settings.as_ref();
    let before_update = settings.and_then(|s| s.attributes_require_verification_before_update.as_deref());
    if before_update.unwrap_or_default().iter().any(|attribute| !verified.contains(attribute)) {
        return refuse(
            "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes",
        );
    }
    Ok(())
}

/// authentication §10, new-operations §6
fn check_first_factors(pool: &Settings) -> Result<(), Fault> {
    let factors = first_factors(pool);
    if factors.contains(&AuthFactorType::SoftwareToken) {
        return refuse("SOFTWARE_TOKEN is not supported as a first auth factor.");
    }
    if !factors.contains(&AuthFactorType::Password) {
        return refuse("Password should be configured as one of the allowed first auth factors.");
    }
    if factors.contains(&AuthFactorType::SmsOtp) && pool.sms_configuration.is_none() {
        return refuse(
            "SMS_OTP can not be configured as AuthFactor as user pool is missing valid SMS configuration",
        );
    }
    Ok(())
}

/// What a pool that demands MFA may have as first factors (operations-and-protection §4).
pub(super) fn check_first_factors_beside_mfa(settings: &PoolSettings) -> Result<(), Fault> {
    if settings.general.mfa_configuration != Some(UserPoolMfaType::On) {
        return Ok(());
    }
    let factors = first_factors(&settings.general);
    if factors.contains(&AuthFactorType::EmailOtp) || factors.contains(&AuthFactorType::SmsOtp) {
        return refuse(
            "Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if MFA is enabled",
        );
    }
    let web_authn = settings.mfa.web_authn.as_ref().and_then(|w| w.factor_configuration.as_ref());
    let multi_factor = web_authn == Some(&WebAuthnFactorConfigurationType::MultiFactorWithUserVerification);
    if factors.contains(&AuthFactorType::WebAuthn) && !multi_factor {
        return refuse(
            "Cannot set WebAuthn factor configuration to SINGLE_FACTOR if MFA is required and WebAuthn is an allowed first auth factor",
        );
    }
    Ok(())
}

/// users-and-groups §16, recorded
fn check_account_recovery(pool: &Settings) -> Result<(), Fault> {
    let setting = pool.account_recovery_setting.as_ref();
    let options = setting.and_then(|s| s.recovery_mechanisms.as_deref()).unwrap_or_default();
    let by_admin = options.iter().any(|o| o.name == RecoveryOptionNameType::AdminOnly);
    if by_admin && options.len() > 1 {
        return refuse(
            "Account Recovery Setting cannot use admin_only setting with any other recovery mechanisms.",
        );
    }
    if let [first, second] = options
        && (first.priority == second.priority || first.name == second.name)
    {
        return refuse("Account Recovery Setting cannot have duplicate priorities or recovery mechanisms.");
    }
    Ok(())
}

fn check_key_configuration(pool: &Settings) -> Result<(), Fault> {
    let Some(key) = &pool.key_configuration else { return Ok(()) };
    let customers = key.key_type == Some(EncryptionKeyType::CustomerManagedKey);
    match (customers, &key.kms_key_arn) {
        (true, None) => refuse("KmsKeyArn is required when KeyType is CUSTOMER_MANAGED_KEY."),
        (false, Some(_)) => refuse("KmsKeyArn is allowed only when KeyType is CUSTOMER_MANAGED_KEY."),
        _ => Ok(()),
    }
}

/// The name of each level, given or built in.
pub(super) fn acr_names(pool: &Settings) -> impl Iterator<Item = (&'static str, &str)> {
    let given = pool.acr_configuration.as_ref();
    ACR_LEVELS.into_iter().map(move |(level, built_in)| {
        (level, given.and_then(|names| names.get(level)).map_or(built_in, |name| name.acr_value.as_str()))
    })
}

fn check_acr_configuration(pool: &Settings) -> Result<(), Fault> {
    let mut names: Vec<&str> = acr_names(pool).map(|(_, name)| name).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() < ACR_LEVELS.len() { refuse("ACR values must be unique.") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    // triggers-and-messages §9
    #[test]
    fn senders_are_addresses_with_or_without_a_name() {
        for good in
            ["id@example.com", "Example <id@example.com>", "\"Example, Inc.\" <id@example.com>", " a@b "]
        {
            assert!(names_mailbox(good), "{good}");
        }
        for bad in [
            "not an address",
            "example.com",
            "@example.com",
            "id@",
            "a b@example.com",
            "a@b@c",
            "<id>",
            "x <a@b",
            "a@b, c@d",
        ] {
            assert!(!names_mailbox(bad), "{bad}");
        }
    }
}
