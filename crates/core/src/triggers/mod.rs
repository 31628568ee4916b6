//! Lambda triggers (docs/cognito/triggers-and-messages.md): functions of the operator's own that judge, change, or are
//! told of what happens in a pool.
//!
//! Each file holds one trigger or one family: a function that does nothing where the pool has no such
//! trigger, and else sends the event and reads the answer. None of them may be called while a transaction is
//! open. A trigger that comes before the write of its operation leaves no trace when it fails; one that comes
//! after it gives its error back all the same (triggers-and-messages §6).
//!
//! | file | subject |
//! |---|---|
//! | `call` | sending an event: tries, time, the errors of §3, the form of the answer |
//! | `event` | what all events have in common |
//! | `inbound_federation` | what an identity provider says of somebody |
//! | `pre_sign_up`, `post_confirmation` | sign-up |
//! | `authentication` | before and after a sign-in |
//! | `pre_token_generation` | what tokens say; `overrides` applies it to claims |
//! | `challenges` | custom sign-in: define, create, verify |
//! | `user_migration` | users of another directory |
//! | `custom_message` | the words of messages |
//! | `custom_sender` | messages that functions send themselves |

pub(crate) mod authentication;
mod call;
pub(crate) mod challenges;
pub(crate) mod custom_message;
pub(crate) mod custom_sender;
mod event;
pub(crate) mod inbound_federation;
mod overrides;
pub(crate) mod post_confirmation;
pub(crate) mod pre_sign_up;
pub(crate) mod pre_token_generation;
pub(crate) mod user_migration;

use poolhouse_wire::user_pools::LambdaConfigType;

use crate::model::Pool;

pub(crate) use call::Verdict;

/// A trigger, by its name in `LambdaConfig`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trigger {
    PreSignUp,
    PostConfirmation,
    PreAuthentication,
    PostAuthentication,
    PreTokenGeneration,
    DefineAuthChallenge,
    CreateAuthChallenge,
    VerifyAuthChallengeResponse,
    UserMigration,
    CustomMessage,
    CustomEmailSender,
    CustomSmsSender,
    InboundFederation,
}

impl Trigger {
    /// The name in texts for the caller (triggers-and-messages §3).
    const fn name(self) -> &'static str {
        match self {
            Self::PreSignUp => "PreSignUp",
            Self::PostConfirmation => "PostConfirmation",
            Self::PreAuthentication => "PreAuthentication",
            Self::PostAuthentication => "PostAuthentication",
            Self::PreTokenGeneration => "PreTokenGeneration",
            Self::DefineAuthChallenge => "DefineAuthChallenge",
            Self::CreateAuthChallenge => "CreateAuthChallenge",
            Self::VerifyAuthChallengeResponse => "VerifyAuthChallengeResponse",
            Self::UserMigration => "UserMigration",
            Self::CustomMessage => "CustomMessage",
            Self::CustomEmailSender => "CustomEmailSender",
            Self::CustomSmsSender => "CustomSMSSender",
            Self::InboundFederation => "InboundFederation",
        }
    }

    /// The function that the pool has for it.
    fn of(self, pool: &Pool) -> Option<Function<'_>> {
        let arn = self.arn(pool.settings.general.lambda_config.as_ref()?)?;
        // An empty ARN is none.
        (!arn.is_empty()).then_some(Function { trigger: self, arn })
    }

    fn arn(self, config: &LambdaConfigType) -> Option<&str> {
        match self {
            Self::PreSignUp => config.pre_sign_up.as_deref(),
            Self::PostConfirmation => config.post_confirmation.as_deref(),
            Self::PreAuthentication => config.pre_authentication.as_deref(),
            Self::PostAuthentication => config.post_authentication.as_deref(),
            Self::PreTokenGeneration => {
                let versioned = config.pre_token_generation_config.as_ref().map(|c| c.lambda_arn.as_str());
                versioned.or(config.pre_token_generation.as_deref())
            }
            Self::DefineAuthChallenge => config.define_auth_challenge.as_deref(),
            Self::CreateAuthChallenge => config.create_auth_challenge.as_deref(),
            Self::VerifyAuthChallengeResponse => config.verify_auth_challenge_response.as_deref(),
            Self::UserMigration => config.user_migration.as_deref(),
            Self::CustomMessage => config.custom_message.as_deref(),
            Self::CustomEmailSender => config.custom_email_sender.as_ref().map(|c| c.lambda_arn.as_str()),
            Self::CustomSmsSender => config.custom_sms_sender.as_ref().map(|c| c.lambda_arn.as_str()),
            Self::InboundFederation => config.inbound_federation.as_ref().map(|c| c.lambda_arn.as_str()),
        }
    }
}

/// The function behind a trigger of one pool.
#[derive(Clone, Copy, Debug)]
struct Function<'a> {
    trigger: Trigger,
    arn: &'a str,
}
