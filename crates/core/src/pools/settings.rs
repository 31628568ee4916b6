//! What a caller makes of a pool's settings: defaults, what is kept, what falls back
//! (docs/cognito/operations-and-protection.md §2, §3).

use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    AccountRecoverySettingType, AdminCreateUserConfigType, AuthFactorType, DcrConfigurationType,
    DefaultEmailOptionType, DeletionProtectionType, DeviceConfigurationType, EmailConfigurationType,
    EmailSendingAccountType, EncryptionKeyType, IssuerConfigurationType, IssuerType, KeyConfigurationType,
    LambdaConfigType, OAuthFlowType, PasswordPolicyType, PreTokenGenerationLambdaVersionType,
    PreTokenGenerationVersionConfigType, RecoveryOptionNameType, RecoveryOptionType, SignInPolicyType,
    SmsConfigurationType, StatusType, UserAttributeUpdateSettingsType, UserPoolMfaType, UserPoolPolicyType,
    UserPoolTierType, VerificationMessageTemplateType,
};

use crate::model::pool_settings::Settings;

/// How many days a temporary password lives where nothing is said.
const TEMPORARY_PASSWORD_DAYS: i32 = 7;

/// A pool about which nothing was said yet. Everything that [`apply`] keeps has its default here.
pub(super) fn blank() -> Settings {
    Settings {
        policies: Some(UserPoolPolicyType {
            password_policy: Some(strict_password_policy()),
            sign_in_policy: Some(sign_in_policy(SignInPolicyType::default())),
        }),
        deletion_protection: Some(DeletionProtectionType::Inactive),
        mfa_configuration: Some(UserPoolMfaType::Off),
        user_attribute_update_settings: Some(update_settings(UserAttributeUpdateSettingsType::default())),
        user_pool_tier: Some(UserPoolTierType::Essentials),
        issuer_configuration: Some(issuer_configuration(IssuerConfigurationType::default())),
        key_configuration: Some(key_configuration(KeyConfigurationType::default())),
        ..Settings::default()
    }
}

/// Changes `pool` as UpdateUserPool does, or completes a [`blank`] one as CreateUserPool does.
///
/// What a request leaves out falls back to its default, but for the members that are recorded to stay
/// (operations-and-protection §3). `MfaConfiguration` is not looked at: its rules differ by operation.
///
/// # Errors
/// `InvalidParameterException` when one thing is said in two members.
pub(super) fn apply(pool: &mut Settings, given: Settings) -> Result<(), Fault> {
    // Kept when left out.
    set(&mut pool.deletion_protection, given.deletion_protection);
    set(&mut pool.user_pool_tier, given.user_pool_tier);
    set(&mut pool.user_attribute_update_settings, given.user_attribute_update_settings.map(update_settings));
    set(&mut pool.dcr_configuration, given.dcr_configuration.map(dcr_configuration));
    set(&mut pool.issuer_configuration, given.issuer_configuration.map(issuer_configuration));
    set(&mut pool.key_configuration, given.key_configuration.map(key_configuration));
    // Only the names that were given; an empty map returns to the defaults (new-operations §9).
    set(&mut pool.acr_configuration, given.acr_configuration);
    let policies = given.policies.unwrap_or_default();
    let admin_create_user = given.admin_create_user_config.unwrap_or_default();
    apply_policies(pool, policies, &admin_create_user)?;
    // Back to the default when left out.
    pool.admin_create_user_config = Some(admin_create_user_config(admin_create_user, pool));
    pool.auto_verified_attributes = given.auto_verified_attributes.filter(|list| !list.is_empty());
    pool.lambda_config = Some(lambda_config(given.lambda_config.unwrap_or_default()));
    pool.device_configuration =
        given.device_configuration.filter(|d| *d != DeviceConfigurationType::default());
    pool.email_configuration = Some(email_configuration(given.email_configuration.unwrap_or_default()));
    pool.sms_configuration = given.sms_configuration.map(sms_configuration);
    pool.sms_authentication_message = given.sms_authentication_message;
    pool.user_pool_tags = given.user_pool_tags.filter(|tags| !tags.is_empty());
    pool.user_pool_add_ons = given.user_pool_add_ons;
    pool.account_recovery_setting =
        Some(given.account_recovery_setting.unwrap_or_else(default_account_recovery));
    // The three single members and the template are two names of the same texts; the template is the newer
    // one and wins (triggers-and-messages §9, inferred).
    let template = given.verification_message_template.unwrap_or_default();
    pool.sms_verification_message = template.sms_message.clone().or(given.sms_verification_message);
    pool.email_verification_message = template.email_message.clone().or(given.email_verification_message);
    pool.email_verification_subject = template.email_subject.clone().or(given.email_verification_subject);
    pool.verification_message_template = Some(VerificationMessageTemplateType {
        sms_message: pool.sms_verification_message.clone(),
        email_message: pool.email_verification_message.clone(),
        email_subject: pool.email_verification_subject.clone(),
        default_email_option: template.default_email_option.or(Some(DefaultEmailOptionType::ConfirmWithCode)),
        ..template
    });
    Ok(())
}

fn set<T>(member: &mut Option<T>, given: Option<T>) {
    if given.is_some() {
        *member = given;
    }
}

/// Each half of the policies stays when only the other is given; a password policy that is given replaces
/// the old one as a whole (operations-and-protection §3, recorded).
fn apply_policies(
    pool: &mut Settings,
    given: UserPoolPolicyType,
    admin_create_user: &AdminCreateUserConfigType,
) -> Result<(), Fault> {
    let named = given.password_policy.as_ref().and_then(|p| p.temporary_password_validity_days);
    let twin = admin_create_user.unused_account_validity_days;
    if named.is_some() && twin.is_some() {
        // Equal values too (operations-and-protection §2, recorded).
        return Err(Fault::invalid_parameter(
            "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays",
        ));
    }
    let policies = pool.policies.get_or_insert_default();
    let mut password = match &given.password_policy {
        Some(given) => complete_password_policy(given),
        None => policies.password_policy.take().unwrap_or_else(strict_password_policy),
    };
    if let Some(days) = named.or(twin) {
        // users-and-groups §9: 0 is stored as 7, observed
        password.temporary_password_validity_days =
            Some(if days == 0 { TEMPORARY_PASSWORD_DAYS } else { days });
    }
    policies.password_policy = Some(password);
    set(&mut policies.sign_in_policy, given.sign_in_policy.map(sign_in_policy));
    Ok(())
}

/// The policy of a pool for which none was ever given (operations-and-protection §2, recorded).
fn strict_password_policy() -> PasswordPolicyType {
    complete_password_policy(&PasswordPolicyType {
        require_uppercase: Some(true),
        require_lowercase: Some(true),
        require_numbers: Some(true),
        require_symbols: Some(true),
        ..PasswordPolicyType::default()
    })
}

/// Members left out of a policy that is given are false, 8 and 7 (users-and-groups §9, recorded).
fn complete_password_policy(given: &PasswordPolicyType) -> PasswordPolicyType {
    let days = given.temporary_password_validity_days;
    PasswordPolicyType {
        minimum_length: given.minimum_length.or(Some(8)),
        require_uppercase: given.require_uppercase.or(Some(false)),
        require_lowercase: given.require_lowercase.or(Some(false)),
        require_numbers: given.require_numbers.or(Some(false)),
        require_symbols: given.require_symbols.or(Some(false)),
        temporary_password_validity_days: days.or(Some(TEMPORARY_PASSWORD_DAYS)),
        ..given.clone()
    }
}

fn sign_in_policy(given: SignInPolicyType) -> SignInPolicyType {
    let factors = given.allowed_first_auth_factors.filter(|factors| !factors.is_empty());
    SignInPolicyType { allowed_first_auth_factors: factors.or_else(|| Some(vec![AuthFactorType::Password])) }
}

fn update_settings(given: UserAttributeUpdateSettingsType) -> UserAttributeUpdateSettingsType {
    let attributes = given.attributes_require_verification_before_update.unwrap_or_default();
    UserAttributeUpdateSettingsType { attributes_require_verification_before_update: Some(attributes) }
}

/// `UnusedAccountValidityDays` is the old name of the policy's days, and shows them
/// (operations-and-protection §2).
fn admin_create_user_config(given: AdminCreateUserConfigType, pool: &Settings) -> AdminCreateUserConfigType {
    let policy = pool.policies.as_ref().and_then(|p| p.password_policy.as_ref());
    AdminCreateUserConfigType {
        allow_admin_create_user_only: given.allow_admin_create_user_only.or(Some(false)),
        unused_account_validity_days: policy.and_then(|p| p.temporary_password_validity_days),
        invite_message_template: given.invite_message_template,
    }
}

/// `PreTokenGeneration` alone shows in both of its members (triggers-and-messages §1).
fn lambda_config(mut given: LambdaConfigType) -> LambdaConfigType {
    if let (Some(arn), None) = (&given.pre_token_generation, &given.pre_token_generation_config) {
        given.pre_token_generation_config = Some(PreTokenGenerationVersionConfigType {
            lambda_version: PreTokenGenerationLambdaVersionType::V1_0,
            lambda_arn: arn.clone(),
        });
    }
    given
}

fn email_configuration(given: EmailConfigurationType) -> EmailConfigurationType {
    let account = given.email_sending_account.or(Some(EmailSendingAccountType::CognitoDefault));
    EmailConfigurationType { email_sending_account: account, ..given }
}

/// An empty `SnsCallerArn` is none (new-operations §13).
pub(super) fn sms_configuration(given: SmsConfigurationType) -> SmsConfigurationType {
    SmsConfigurationType { sns_caller_arn: given.sns_caller_arn.filter(|arn| !arn.is_empty()), ..given }
}

/// E-mail first, then telephone (users-and-groups §16, recorded).
fn default_account_recovery() -> AccountRecoverySettingType {
    let option = |priority, name| RecoveryOptionType { priority, name };
    AccountRecoverySettingType {
        recovery_mechanisms: Some(vec![
            option(1, RecoveryOptionNameType::VerifiedEmail),
            option(2, RecoveryOptionNameType::VerifiedPhoneNumber),
        ]),
    }
}

/// Members left out fall to defaults that switch registration on (new-operations §10.1, model).
fn dcr_configuration(given: DcrConfigurationType) -> DcrConfigurationType {
    let machine = || vec![OAuthFlowType::Code, OAuthFlowType::ClientCredentials];
    DcrConfigurationType {
        enable_status: given.enable_status.or(Some(StatusType::Enabled)),
        open_dcr_enabled: given.open_dcr_enabled.or(Some(false)),
        authenticated_grant_types: given.authenticated_grant_types.or_else(|| Some(machine())),
        open_dcr_grant_types: given.open_dcr_grant_types.or_else(|| Some(vec![OAuthFlowType::Code])),
        allowed_scopes: given.allowed_scopes,
    }
}

fn issuer_configuration(given: IssuerConfigurationType) -> IssuerConfigurationType {
    IssuerConfigurationType { r#type: given.r#type.or(Some(IssuerType::Original)) }
}

fn key_configuration(given: KeyConfigurationType) -> KeyConfigurationType {
    KeyConfigurationType { key_type: given.key_type.or(Some(EncryptionKeyType::AwsOwnedKey)), ..given }
}
