//! Statements, ready to be asked.

use std::collections::{BTreeSet, HashSet};

use crate::arn::{ArnPattern, Parts};
use crate::condition::Condition;
use crate::context::{Context, Request};
use crate::json::{Document, Effect, Members, Object, Scalars, Texts};
use crate::malformed::Malformed;
use crate::pattern::{Pattern, Variables, Wildcards};

pub use crate::json::Version;

/// The longest document that is looked at, in bytes: the most that requests may carry. The lower limits of each kind of
/// policy are its owner's (identity-pools-and-iam §10.1, §10.4).
pub const LONGEST_DOCUMENT: usize = 131_072;

/// A policy of a user, group or role, a permissions boundary or a session policy.
#[derive(Debug)]
pub struct Policy {
    pub(crate) version: Version,
    pub(crate) statements: Box<[Statement]>,
    /// The condition keys that it asks for, in lower case and in order.
    keys: BTreeSet<Box<str>>,
}

#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) sid: Option<Box<str>>,
    pub(crate) effect: Effect,
    pub(crate) actions: Actions,
    resources: Resources,
    pub(crate) conditions: Box<[Condition]>,
}

/// `Action` or `NotAction`, in lower case: actions are compared without regard to case.
#[derive(Debug)]
pub(crate) struct Actions {
    listed: Box<[Pattern]>,
    /// Whether those are meant that are not listed.
    pub(crate) others: bool,
}

/// `Resource` or `NotResource`; of trust policies every resource.
#[derive(Debug)]
struct Resources {
    listed: Box<[Resource]>,
    others: bool,
}

#[derive(Debug)]
enum Resource {
    Every,
    Arn(ArnPattern),
}

impl Policy {
    /// Reads a document.
    ///
    /// # Errors
    /// With AWS's message, when the document is no policy.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let document = read(text)?;
        let version = document.version.unwrap_or(Version::V2008);
        let mut sids = HashSet::new();
        let mut statements = Vec::with_capacity(document.statement.len());
        for Object(statement) in document.statement {
            if let Some(sid) = statement.sid.as_deref().filter(|sid| !sid.is_empty()) {
                if !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                    return Err(Malformed::Sid);
                }
                if !sids.insert(sid.to_owned()) {
                    return Err(Malformed::RepeatedSid);
                }
            }
            if statement.principal.is_some() || statement.not_principal.is_some() {
                return Err(Malformed::PrincipalGiven);
            }
            let actions = Actions::read(statement.action, statement.not_action)?;
            let resources = Resources::read(statement.resource, statement.not_resource, version.variables())?;
            let effect = statement.effect.ok_or(Malformed::Syntax)?;
            let conditions = conditions(statement.condition, version.variables())?;
            let sid = statement.sid.map(Into::into);
            statements.push(Statement { sid, effect, actions, resources, conditions });
        }
        Ok(Self::of(version, statements))
    }

    pub(crate) fn of(version: Version, statements: Vec<Statement>) -> Self {
        let keys = statements.iter().flat_map(Statement::keys).map(Into::into).collect();
        Self { version, statements: statements.into(), keys }
    }

    /// Of which version it is.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// The Sid of a statement, for which a decision gives the number.
    #[must_use]
    pub fn sid(&self, statement: usize) -> Option<&str> {
        self.statements.get(statement)?.sid.as_deref()
    }

    /// The condition keys that it asks for, in lower case and in order.
    pub fn context_keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| &**key)
    }

    /// The statements with this effect that apply to a request.
    pub(crate) fn applying(&self, effect: Effect, request: &Request<'_>) -> impl Iterator<Item = usize> {
        let statements = self.statements.iter().enumerate();
        statements
            .filter(move |(_, statement)| statement.effect == effect && statement.applies(request))
            .map(|(place, _)| place)
    }
}

impl Version {
    pub(crate) fn variables(self) -> Variables {
        match self {
            Self::V2008 => Variables::Literal,
            Self::V2012 => Variables::Active,
        }
    }
}

/// A document as it is written.
pub(crate) fn read(text: &str) -> Result<Document, Malformed> {
    if text.len() > LONGEST_DOCUMENT {
        return Err(Malformed::Syntax);
    }
    let Object(document): Object<Document> = serde_json::from_str(text).map_err(|_| Malformed::Syntax)?;
    if document.statement.is_empty() { Err(Malformed::Syntax) } else { Ok(document) }
}

/// The conditions of a statement, all of which must hold.
pub(crate) fn conditions(
    written: Option<Members<Members<Scalars>>>,
    variables: Variables,
) -> Result<Box<[Condition]>, Malformed> {
    let operators = written.map(|members| members.0).unwrap_or_default();
    let each = operators.iter().flat_map(|(operator, keys)| keys.0.iter().map(move |key| (operator, key)));
    each.map(|(operator, (key, values))| Condition::new(operator, key, &values.0, variables)).collect()
}

impl Statement {
    pub(crate) fn of_trust(
        sid: Option<String>,
        effect: Effect,
        actions: Actions,
        conditions: Box<[Condition]>,
    ) -> Self {
        let resources = Resources { listed: [Resource::Every].into(), others: false };
        Self { sid: sid.map(Into::into), effect, actions, resources, conditions }
    }

    pub(crate) fn applies(&self, request: &Request<'_>) -> bool {
        self.actions.include(&request.action)
            && self.resources.include(request)
            && self.conditions.iter().all(|condition| condition.holds(request.context))
    }

    fn keys(&self) -> impl Iterator<Item = &str> {
        let resources = self.resources.listed.iter().filter_map(|resource| match resource {
            Resource::Every => None,
            Resource::Arn(arn) => Some(arn.keys()),
        });
        resources.flatten().chain(self.conditions.iter().flat_map(Condition::keys))
    }
}

impl Actions {
    pub(crate) fn read(action: Option<Texts>, not_action: Option<Texts>) -> Result<Self, Malformed> {
        let (listed, others) = either(action, not_action)?.ok_or(Malformed::NoActions)?;
        if listed.is_empty() {
            return Err(Malformed::NoActions);
        }
        for action in &listed {
            check_action(action)?;
        }
        let read = |action: &String| {
            Pattern::new(&action.to_ascii_lowercase(), Wildcards::Active, Variables::Literal)
        };
        Ok(Self { listed: listed.iter().map(read).collect(), others })
    }

    /// Whether an action, in lower case, is one of those that are meant.
    pub(crate) fn include(&self, action: &str) -> bool {
        // No variable is looked for, so that nothing needs to be known.
        let nothing = Context::new();
        self.listed.iter().any(|pattern| pattern.matches(action, &nothing)) != self.others
    }
}

/// `service:Name`, or `*`.
fn check_action(action: &str) -> Result<(), Malformed> {
    let mut parts = action.split(':');
    let vendor = parts.next().unwrap_or_default();
    match (parts.next(), parts.next()) {
        (None, _) if vendor == "*" => return Ok(()),
        (None, _) => return Err(Malformed::NoVendor),
        (Some(_), Some(_)) => return Err(Malformed::Colons),
        (Some(_), None) => {}
    }
    let good = vendor.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    if vendor == "*" || good { Ok(()) } else { Err(Malformed::Vendor(vendor.to_owned())) }
}

impl Resources {
    fn read(
        resource: Option<Texts>,
        not_resource: Option<Texts>,
        variables: Variables,
    ) -> Result<Self, Malformed> {
        let (listed, others) = either(resource, not_resource)?.ok_or(Malformed::NoResources)?;
        if listed.is_empty() {
            return Err(Malformed::NoResources);
        }
        let listed: Result<_, _> = listed.iter().map(|text| Resource::read(text, variables)).collect();
        Ok(Self { listed: listed?, others })
    }

    fn include(&self, request: &Request<'_>) -> bool {
        let Request { resource, also, context, .. } = request;
        let spellings = || [resource.as_ref()].into_iter().chain(also.as_ref().map(Some));
        if self.others {
            spellings().all(|spelling| self.listed.iter().all(|listed| listed.rules_out(spelling, context)))
        } else {
            spellings().any(|spelling| self.listed.iter().any(|listed| listed.is(spelling, context)))
        }
    }
}

impl Resource {
    fn read(text: &str, variables: Variables) -> Result<Self, Malformed> {
        if text == "*" {
            return Ok(Self::Every);
        }
        let mut parts = text.split(':');
        if parts.next() != Some("arn") || !text.contains(':') {
            return Err(Malformed::Resource(text.to_owned()));
        }
        let service = parts.nth(1).unwrap_or_default();
        if service.is_empty() || service.contains(['*', '?']) {
            return Err(Malformed::ResourceVendor);
        }
        Ok(Self::Arn(ArnPattern::new(text, variables)))
    }

    fn is(&self, resource: Option<&Parts<'_>>, context: &Context) -> bool {
        match (self, resource) {
            (Self::Every, _) => true,
            (Self::Arn(_), None) => false,
            (Self::Arn(arn), Some(parts)) => arn.matches(parts, context),
        }
    }

    /// A variable without a value makes neither `Resource` nor `NotResource` match (identity-pools-and-iam §10.2,
    /// documented).
    fn rules_out(&self, resource: Option<&Parts<'_>>, context: &Context) -> bool {
        match (self, resource) {
            (Self::Every, _) => false,
            (Self::Arn(_), None) => true,
            (Self::Arn(arn), Some(parts)) => arn.rules_out(parts, context),
        }
    }
}

/// Of a member and its negation the one that is there, and whether it is the negation.
fn either(plain: Option<Texts>, negated: Option<Texts>) -> Result<Option<(Vec<String>, bool)>, Malformed> {
    match (plain, negated) {
        (Some(_), Some(_)) => Err(Malformed::Syntax),
        (Some(Texts(texts)), None) => Ok(Some((texts, false))),
        (None, Some(Texts(texts))) => Ok(Some((texts, true))),
        (None, None) => Ok(None),
    }
}
