//! Who may assume a role, and what AWS demands of such a document.

use crate::condition::Condition;
use crate::context::Request;
use crate::json::{Effect, Kind, Members, Object, Principals, Scalars};
use crate::malformed::Malformed;
use crate::policy::{Actions, LONGEST_DOCUMENT, Policy, Statement, Version, conditions, read};

const COGNITO: &str = "cognito-identity.amazonaws.com";
const COGNITO_AUDIENCE: &str = "cognito-identity.amazonaws.com:aud";
const WEB_IDENTITY: &str = "sts:assumerolewithwebidentity";

/// The trust policy of a role.
#[derive(Debug)]
pub struct TrustPolicy {
    policy: Policy,
    /// Of each statement.
    principals: Box<[Whom]>,
}

/// `Principal` or `NotPrincipal`.
#[derive(Debug)]
struct Whom {
    named: Principals,
    others: bool,
}

/// Who asks for a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal<'a> {
    /// A user or the root of an account, by its ARN.
    User(&'a str),
    /// A session of a role, by its own ARN (`arn:aws:sts::…:assumed-role/…`) and that of its role.
    Session {
        /// Of the session.
        arn: &'a str,
        /// Of the role.
        role: &'a str,
    },
    /// A web identity, by its provider: `cognito-identity.amazonaws.com`, or the ARN of an OIDC provider.
    Federated(&'a str),
    /// A service, by its name (`lambda.amazonaws.com`).
    Service(&'a str),
}

/// How a statement names a principal, which says what it still needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Naming {
    /// By its account: its own policies must allow the call too.
    Account,
    /// By the role of its session: boundary and session policy must allow the call.
    Role,
    /// By itself.
    Itself,
}

impl TrustPolicy {
    /// Reads a document, and looks whether AWS would let it be saved (identity-pools-and-iam §9.1, recorded).
    ///
    /// # Errors
    /// With AWS's message, when the document is no trust policy, or lets in more than AWS permits.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let document = read(text).map_err(|_| syntax_or_json(text))?;
        let version = document.version.unwrap_or(Version::V2008);
        let mut statements = Vec::with_capacity(document.statement.len());
        let mut principals = Vec::with_capacity(document.statement.len());
        for Object(statement) in document.statement {
            let effect = statement.effect.ok_or(Malformed::Missing("Effect"))?;
            if statement.resource.is_some() {
                return Err(Malformed::Prohibited("Resource"));
            }
            if statement.not_resource.is_some() {
                return Err(Malformed::Prohibited("NotResource"));
            }
            if statement.action.is_none() && statement.not_action.is_none() {
                return Err(Malformed::Missing("Action"));
            }
            let whom = Whom::read(statement.principal, statement.not_principal)?;
            let only_assumes =
                statement.action.as_ref().is_some_and(|texts| texts.0.iter().all(|text| assumes(text)));
            let actions = Actions::read(statement.action, statement.not_action)?;
            if effect == Effect::Allow {
                if !only_assumes {
                    return Err(Malformed::NotAssumeRole);
                }
                if actions.include(WEB_IDENTITY) && whom.include(&Principal::Federated(COGNITO)).is_some() {
                    check_cognito(statement.condition.as_ref())?;
                }
            }
            let conditions: Box<[Condition]> = conditions(statement.condition, version.variables())?;
            statements.push(Statement::of_trust(statement.sid, effect, actions, conditions));
            principals.push(whom);
        }
        let policy = Policy::of(version, statements);
        Ok(Self { policy, principals: principals.into() })
    }

    /// As a policy: its version, Sids and keys.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The first statement that denies a principal's request.
    pub(crate) fn denial(&self, principal: &Principal<'_>, request: &Request<'_>) -> Option<usize> {
        self.applying(Effect::Deny, principal, request).next().map(|(place, _)| place)
    }

    /// Of the statements that allow it the first one that names the principal most closely.
    pub(crate) fn allowance(
        &self,
        principal: &Principal<'_>,
        request: &Request<'_>,
    ) -> Option<(usize, Naming)> {
        let allowing = self.applying(Effect::Allow, principal, request);
        allowing.reduce(|best, next| if next.1 > best.1 { next } else { best })
    }

    fn applying(
        &self,
        effect: Effect,
        principal: &Principal<'_>,
        request: &Request<'_>,
    ) -> impl Iterator<Item = (usize, Naming)> {
        let statements = self.policy.statements.iter().zip(&self.principals).enumerate();
        statements.filter_map(move |(place, (statement, whom))| {
            let naming = whom.include(principal).filter(|_| statement.effect == effect)?;
            statement.applies(request).then_some((place, naming))
        })
    }
}

/// A text that is no JSON has a message of its own.
fn syntax_or_json(text: &str) -> Malformed {
    let is_json =
        text.len() <= LONGEST_DOCUMENT && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    if is_json { Malformed::Syntax } else { Malformed::Json }
}

/// Whether an action, as a trust policy writes it, is one of those that belong to assuming a role.
fn assumes(action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let besides = ["sts:tagsession", "sts:setsourceidentity", "sts:setcontext"];
    action.starts_with("sts:assumerole") || besides.contains(&action.as_str())
}

/// Identity pools may be let in only if it is said which (identity-pools-and-iam §9.1, recorded).
fn check_cognito(condition: Option<&Members<Members<Scalars>>>) -> Result<(), Malformed> {
    let condition = condition.ok_or(Malformed::CognitoWithoutCondition)?;
    let operators = condition.0.iter().filter(|(operator, _)| {
        let name = ["ForAnyValue:", "ForAllValues:"].iter().find_map(|prefix| operator.strip_prefix(prefix));
        matches!(name.unwrap_or(operator), "StringEquals" | "StringLike" | "StringEqualsIgnoreCase")
    });
    let mut tests =
        operators.flat_map(|(_, keys)| &keys.0).filter(|(key, _)| key.to_lowercase() == COGNITO_AUDIENCE);
    let scoped = tests.any(|(_, Scalars(values))| values.iter().all(|value| value.0 != "*"));
    if scoped { Ok(()) } else { Err(Malformed::CognitoWithoutAudience) }
}

impl Whom {
    fn read(principal: Option<Principals>, not_principal: Option<Principals>) -> Result<Self, Malformed> {
        match (principal, not_principal) {
            (Some(_), Some(_)) => Err(Malformed::Syntax),
            (Some(named), None) => Ok(Self { named, others: false }),
            (None, Some(named)) => Ok(Self { named, others: true }),
            (None, None) => Err(Malformed::Missing("Principal")),
        }
    }

    /// How a principal is meant, if it is.
    fn include(&self, principal: &Principal<'_>) -> Option<Naming> {
        let naming = match &self.named {
            // Everyone, web identities too: more than `{"AWS": "*"}`.
            Principals::Everyone => Some(Naming::Account),
            Principals::Named(named) => {
                named.iter().filter_map(|(kind, name)| principal.named(*kind, name)).max()
            }
        };
        if self.others { naming.is_none().then_some(Naming::Account) } else { naming }
    }
}

impl Principal<'_> {
    /// How an entry of a document names it, if it does.
    fn named(&self, kind: Kind, name: &str) -> Option<Naming> {
        match (kind, self) {
            (Kind::Aws, Self::User(arn)) => {
                if name == *arn {
                    Some(Naming::Itself)
                } else {
                    names_account(name, arn)
                }
            }
            (Kind::Aws, Self::Session { arn, role }) => {
                if name == *arn {
                    Some(Naming::Itself)
                } else if name == *role {
                    Some(Naming::Role)
                } else {
                    names_account(name, arn)
                }
            }
            (Kind::Federated, Self::Federated(known)) | (Kind::Service, Self::Service(known)) => {
                (name == *known).then_some(Naming::Itself)
            }
            // `{"AWS": "*"}` lets no web identity in (identity-pools-and-iam §8.1, recorded).
            _ => None,
        }
    }
}

/// Whether an entry names the account of an ARN: by its number, by its root, or as any.
fn names_account(name: &str, arn: &str) -> Option<Naming> {
    let account = crate::arn::parts(arn)?[4];
    let root = crate::arn::parts(name).filter(|parts| parts[2] == "iam" && parts[5] == "root");
    let named = name == "*" || name == account || root.is_some_and(|parts| parts[4] == account);
    named.then_some(Naming::Account)
}
