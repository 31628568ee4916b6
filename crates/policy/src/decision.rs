//! The order of the layers, and AWS's words for the outcome.

use std::sync::Arc;

use crate::context::Request;
use crate::json::Effect;
use crate::policy::Policy;
use crate::trust::{Naming, Principal, TrustPolicy};

/// The policies that a caller has.
#[derive(Debug, Clone, Copy, Default)]
pub struct Policies<'a> {
    /// Of the user and his groups, or of the role.
    pub identity: &'a [Arc<Policy>],
    /// What the identity policies can allow at most.
    pub boundary: Option<&'a Arc<Policy>>,
    /// What this session may do at most; `None` where it was begun without one.
    pub session: Option<&'a [Arc<Policy>]>,
}

/// What came out, and by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// A statement allows it.
    Allow(Ground),
    /// A statement denies it.
    ExplicitDeny(Ground),
    /// No statement of this layer allows it.
    ImplicitDeny(Layer),
}

/// The statement that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground {
    /// Where its policy is.
    pub layer: Layer,
    /// Which policy of the layer, counted from 0.
    pub policy: usize,
    /// Which statement of the policy, counted from 0.
    pub statement: usize,
}

/// Kinds of policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Of the user, his groups, or the role.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// The session's own.
    Session,
    /// The trust policy of the role that is asked for.
    Trust,
}

impl<'a> Policies<'a> {
    /// Identity policies alone.
    #[must_use]
    pub fn of(identity: &'a [Arc<Policy>]) -> Self {
        Self { identity, ..Self::default() }
    }

    /// Judges a request (identity-pools-and-iam §10.3, documented).
    #[must_use]
    pub fn decide(&self, request: &Request<'_>) -> Decision {
        match self.denial(request) {
            Some(ground) => Decision::ExplicitDeny(ground),
            None => self.allowance(request),
        }
    }

    /// Judges a request, and names all statements that the outcome rests on: those that deny, or else those that allow.
    #[must_use]
    pub fn explain(&self, request: &Request<'_>) -> (Decision, Vec<Ground>) {
        let decision = self.decide(request);
        let grounds = match decision {
            Decision::ExplicitDeny(_) => {
                let layers = self.layers().into_iter();
                layers.flat_map(|(layer, policies)| all(layer, policies, Effect::Deny, request)).collect()
            }
            Decision::Allow(_) => all(Layer::Identity, self.identity, Effect::Allow, request).collect(),
            Decision::ImplicitDeny(_) => Vec::new(),
        };
        (decision, grounds)
    }

    /// Judges a request for a role, whose trust policy must allow it as well. One that names the caller himself is enough
    /// by itself, in the account of the role; one that names only his account leaves it to his own policies.
    #[must_use]
    pub fn decide_assuming(
        &self,
        trust: &TrustPolicy,
        principal: &Principal<'_>,
        request: &Request<'_>,
    ) -> Decision {
        if let Some(ground) = self.denial(request) {
            return Decision::ExplicitDeny(ground);
        }
        match trust.decide(principal, request) {
            (Decision::Allow(ground), Some(Naming::Itself)) => Decision::Allow(ground),
            (Decision::Allow(ground), Some(Naming::Role)) => {
                self.limit(request).unwrap_or(Decision::Allow(ground))
            }
            (Decision::Allow(_), _) => self.allowance(request),
            (refusal, _) => refusal,
        }
    }

    /// The statement of any layer that denies.
    fn denial(&self, request: &Request<'_>) -> Option<Ground> {
        self.layers().into_iter().find_map(|(layer, policies)| find(layer, policies, Effect::Deny, request))
    }

    fn layers(&self) -> [(Layer, &'a [Arc<Policy>]); 3] {
        [
            (Layer::Identity, self.identity),
            (Layer::Session, self.session.unwrap_or_default()),
            (Layer::Boundary, self.boundary.map(std::slice::from_ref).unwrap_or_default()),
        ]
    }

    /// What is left when nothing denies.
    fn allowance(&self, request: &Request<'_>) -> Decision {
        self.limit(request).unwrap_or_else(|| {
            find(Layer::Identity, self.identity, Effect::Allow, request)
                .map_or(Decision::ImplicitDeny(Layer::Identity), Decision::Allow)
        })
    }

    /// The layer that does not allow what others might.
    fn limit(&self, request: &Request<'_>) -> Option<Decision> {
        let limits =
            [(Layer::Session, self.session), (Layer::Boundary, self.boundary.map(std::slice::from_ref))];
        limits.into_iter().find_map(|(layer, policies)| {
            let allowed = find(layer, policies?, Effect::Allow, request);
            allowed.is_none().then_some(Decision::ImplicitDeny(layer))
        })
    }
}

impl TrustPolicy {
    /// Judges a request by the trust policy alone, as of a web identity, which has no policies yet.
    #[must_use]
    pub fn admits(&self, principal: &Principal<'_>, request: &Request<'_>) -> Decision {
        self.decide(principal, request).0
    }

    fn decide(&self, principal: &Principal<'_>, request: &Request<'_>) -> (Decision, Option<Naming>) {
        let ground = |statement| Ground { layer: Layer::Trust, policy: 0, statement };
        if let Some(statement) = self.denial(principal, request) {
            return (Decision::ExplicitDeny(ground(statement)), None);
        }
        match self.allowance(principal, request) {
            Some((statement, naming)) => (Decision::Allow(ground(statement)), Some(naming)),
            None => (Decision::ImplicitDeny(Layer::Trust), None),
        }
    }
}

/// The first statement of a layer with an effect that applies.
fn find(layer: Layer, policies: &[Arc<Policy>], effect: Effect, request: &Request<'_>) -> Option<Ground> {
    all(layer, policies, effect, request).next()
}

/// The statements of a layer with an effect that apply.
fn all(
    layer: Layer,
    policies: &[Arc<Policy>],
    effect: Effect,
    request: &Request<'_>,
) -> impl Iterator<Item = Ground> {
    policies.iter().enumerate().flat_map(move |(policy, document)| {
        document.applying(effect, request).map(move |statement| Ground { layer, policy, statement })
    })
}

impl Decision {
    /// Whether the call may go on.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allow(_))
    }

    /// What follows the resource in the text of an AccessDeniedException, from its blank on; `None` of what is allowed
    /// (protocol §5.2, observed).
    #[must_use]
    pub fn reason(&self, action: &str) -> Option<String> {
        match self {
            Self::Allow(_) => None,
            Self::ExplicitDeny(Ground { layer, .. }) => {
                Some(format!(" with an explicit deny in {}", layer.with_article()))
            }
            Self::ImplicitDeny(layer) => {
                Some(format!(" because no {} allows the {action} action", layer.name()))
            }
        }
    }
}

impl Layer {
    fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity-based policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::Trust => "role trust policy",
        }
    }

    fn with_article(self) -> &'static str {
        match self {
            Self::Identity => "an identity-based policy",
            Self::Boundary => "a permissions boundary",
            Self::Session => "a session policy",
            Self::Trust => "the role trust policy",
        }
    }
}
