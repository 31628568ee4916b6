//! GetUserPoolMfaConfig and SetUserPoolMfaConfig (docs/cognito/operations-and-protection.md §4,
//! docs/cognito/authentication.md §13.1).

use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_wire::user_pools::{
    EmailMfaConfigType, EmailSendingAccountType, RecoveryOptionNameType, SmsMfaConfigType,
    SoftwareTokenMfaConfigType, UserPoolMfaType, WebAuthnConfigurationType, WebAuthnFactorConfigurationType,
};

use super::change::PoolChange;
use super::tier::{self, Feature};
use super::{rules, settings};
use crate::Cx;
use crate::model::pool::{MfaSettings, PoolSettings};
use crate::model::pool_settings::Settings;

/// MFA asked for at creation, or OPTIONAL later, where no SMS can be sent (operations-and-protection §2).
pub(super) const SMS_REQUIRED: &str =
    "SMS configuration and Auto verification for phone_number are required when MFA is required/optional";

/// ON asked for by UpdateUserPool in a pool without any factor (operations-and-protection §2, recorded).
pub(super) const CANNOT_TURN_ON: &str =
    "Cannot turn MFA functionality ON, once the user pool has been created";

/// The MFA configuration of a pool; factors that were never configured are absent.
#[derive(Clone, Debug)]
pub struct MfaConfig {
    /// Whether a second factor is demanded.
    pub mode: Option<UserPoolMfaType>,
    /// SMS as a factor.
    pub sms: Option<SmsMfaConfigType>,
    /// Codes from an app as a factor.
    pub software_token: Option<SoftwareTokenMfaConfigType>,
    /// E-mail as a factor.
    pub email: Option<EmailMfaConfigType>,
    /// Passkeys.
    pub web_authn: Option<WebAuthnConfigurationType>,
}

impl MfaConfig {
    fn of(settings: &PoolSettings) -> Self {
        let (pool, mfa) = (&settings.general, &settings.mfa);
        Self {
            mode: pool.mfa_configuration.clone(),
            sms: mfa.sms.then(|| SmsMfaConfigType {
                sms_authentication_message: pool.sms_authentication_message.clone(),
                sms_configuration: pool.sms_configuration.clone(),
            }),
            software_token: mfa.software_token.clone(),
            email: mfa.email.clone(),
            web_authn: mfa.web_authn.clone(),
        }
    }
}

/// The MFA configuration of a pool.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn mfa_config(cx: &Cx, pool_id: &PoolId) -> Result<MfaConfig, Fault> {
    let settings = &super::get(cx, pool_id).await?.settings;
    let mut config = MfaConfig::of(settings);
    if settings.general.mfa_configuration.as_ref().is_some_and(|mode| *mode != UserPoolMfaType::Off) {
        // What passkeys count for shows even where nothing was said of them (operations-and-protection §4, recorded).
        let web_authn = config.web_authn.get_or_insert_default();
        web_authn.factor_configuration.get_or_insert(WebAuthnFactorConfigurationType::SingleFactor);
    }
    Ok(config)
}

/// Replaces the MFA configuration of a pool as a whole; an absent mode is OFF
/// (operations-and-protection §4, recorded).
///
/// # Errors
/// `ResourceNotFoundException`, `InvalidParameterException`, `FeatureUnavailableInTierException`.
pub async fn set_mfa_config(cx: &Cx, pool_id: &PoolId, wanted: MfaConfig) -> Result<MfaConfig, Fault> {
    let mut change = PoolChange::begin(cx, pool_id).await?;
    replace(&mut change.settings, wanted)?;
    rules::check(&change.settings, &change.row.region)?;
    if change.settings.mfa.email.is_some() {
        tier::check(cx, &change.settings.general, &[Feature::EmailMfa])?;
    }
    let config = MfaConfig::of(&change.settings);
    change.commit_now(cx).await?;
    Ok(config)
}

fn replace(settings: &mut PoolSettings, wanted: MfaConfig) -> Result<(), Fault> {
    let mode = wanted.mode.unwrap_or(UserPoolMfaType::Off);
    let names_factor = wanted.sms.is_some() || wanted.software_token.is_some() || wanted.email.is_some();
    if mode == UserPoolMfaType::Off && names_factor {
        return Err(Fault::invalid_parameter(
            "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.",
        ));
    }
    let relying_party = wanted.web_authn.as_ref().and_then(|w| w.relying_party_id.as_deref());
    if relying_party.is_some_and(|id| !id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b))) {
        // recorded for a URL
        return Err(Fault::invalid_parameter("RelyingPartyId contains invalid characters"));
    }
    let pool = &mut settings.general;
    settings.mfa = MfaSettings {
        sms: wanted.sms.is_some(),
        software_token: wanted.software_token,
        email: wanted.email,
        web_authn: wanted.web_authn,
    };
    if let Some(sms) = wanted.sms {
        // The message is one with the pool's, and so is the configuration (triggers-and-messages §9).
        pool.sms_authentication_message = sms.sms_authentication_message;
        if let Some(configuration) = sms.sms_configuration {
            pool.sms_configuration = Some(settings::sms_configuration(configuration));
        }
    }
    if mode != UserPoolMfaType::Off && !settings.mfa.has_factor(pool) {
        return Err(Fault::invalid_parameter(
            "Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be enabled.",
        ));
    }
    if settings.mfa.email.is_some() {
        check_email_factor(pool)?;
    }
    pool.mfa_configuration = Some(mode);
    Ok(())
}

fn check_email_factor(pool: &Settings) -> Result<(), Fault> {
    let account = pool.email_configuration.as_ref().and_then(|e| e.email_sending_account.as_ref());
    if account != Some(&EmailSendingAccountType::Developer) {
        return Err(Fault::invalid_parameter(
            "Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an EmailSendingAccount of COGNITO_DEFAULT. Update the value of EmailSendingAccount.",
        ));
    }
    // Whoever loses the mailbox would have lost both ways (authentication §13.1).
    let setting = pool.account_recovery_setting.as_ref();
    let options = setting.and_then(|s| s.recovery_mechanisms.as_deref()).unwrap_or_default();
    if let [only] = options
        && only.name == RecoveryOptionNameType::VerifiedEmail
    {
        return Err(Fault::invalid_parameter(
            "Email MFA cannot be enabled when verified_email is the only recovery mechanism.",
        ));
    }
    Ok(())
}
