//! A level of assurance that a sign-in is to reach, and what an earlier one proved that counts toward it
//! (docs/cognito/authentication.md §18, docs/cognito/new-operations.md §9).

use poolhouse_kernel::{Fault, Kind};
use poolhouse_ports::Timestamp;
use serde::{Deserialize, Serialize};

use super::goal::Goal;
use super::parameters::Parameters;
use crate::Cx;
use crate::model::factors::Factor;
use crate::model::{Level, Method, Methods, Pool};
use crate::pools::tier::{self, Feature};

/// The parameter that names the levels.
const LEVELS: &str = "TARGET_ACR_VALUES";

/// What is to be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Target {
    /// Any of them will do; the first ones are the better.
    levels: Vec<Level>,
    /// What an earlier sign-in proved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) credit: Option<Credit>,
    /// The factor that the user wants to go on with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) chosen: Option<Factor>,
}

/// An earlier sign-in that this one goes on from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Credit {
    pub(super) methods: Methods,
    /// When it was. What comes of this one is as old: part of its proof is.
    pub(super) auth_time: Timestamp,
    /// The browser session that it made, which is raised to the level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) browser_session: Option<String>,
}

impl Target {
    /// What a request names; unknown levels are passed over.
    ///
    /// # Errors
    /// `InvalidParameterException` where none is left, `FeatureUnavailableInTierException` (new-operations §9).
    pub(super) fn of(cx: &Cx, pool: &Pool, parameters: &Parameters) -> Result<Option<Self>, Fault> {
        parameters.get(LEVELS).map(|names| Self::named(cx, pool, names)).transpose()
    }

    /// As [`Target::of`] at a page; at the API no other flow than USER_AUTH knows levels (authentication §18, model).
    ///
    /// # Errors
    /// As [`Target::of`].
    pub(super) fn of_page(cx: &Cx, pool: &Pool, parameters: &Parameters) -> Result<Option<Self>, Fault> {
        match Goal::of(cx) {
            Goal::Login => Self::of(cx, pool, parameters),
            Goal::Tokens => Ok(None),
        }
    }

    /// The levels of these names.
    ///
    /// # Errors
    /// As [`Target::of`].
    pub(super) fn named(cx: &Cx, pool: &Pool, names: &str) -> Result<Self, Fault> {
        tier::check(cx, &pool.settings.general, &[Feature::AuthenticationContext])?;
        let levels = Level::named(pool, names);
        if levels.is_empty() {
            return Err(Fault::invalid_parameter(format!("Invalid value for {LEVELS}")));
        }
        Ok(Self { levels, credit: None, chosen: None })
    }

    /// The same target, from what an earlier sign-in proved.
    pub(super) fn crediting(self, credit: Credit) -> Self {
        Self { credit: Some(credit), ..self }
    }

    /// What was proven, with what counts from before.
    pub(super) fn with_credit(&self, proven: Methods) -> Methods {
        self.credit.as_ref().map_or(proven, |credit| proven.and(credit.methods))
    }

    pub(super) fn is_reached_by(&self, proven: Methods) -> bool {
        let methods = self.with_credit(proven);
        self.levels.iter().any(|level| methods.reach(*level))
    }

    /// Those of `factors` that reach the best level that any of them reaches.
    pub(super) fn factors(&self, proven: Methods, factors: &[Factor]) -> Vec<Factor> {
        let methods = self.with_credit(proven);
        let missing = |factor: &Factor| !methods.contains((*factor).into());
        let reach = |factor: Factor, level| methods.and(Methods::new([factor.into()])).reach(level);
        let of_level = |level: &Level| -> Vec<Factor> {
            factors.iter().copied().filter(missing).filter(|factor| reach(*factor, *level)).collect()
        };
        self.levels.iter().map(of_level).find(|factors| !factors.is_empty()).unwrap_or_default()
    }

    /// Whether beginning with this can lead to one of the levels. A password can lead to any, whatever the user has: that is
    /// told to nobody before it is proven.
    pub(super) fn admits(&self, first: Method) -> bool {
        first == Method::Password || self.is_reached_by(Methods::new([first]))
    }
}

/// Ours: what authentication §18 leaves open.
pub(super) fn unmet() -> Fault {
    Fault::not_authorized("The requested level of authentication cannot be reached.").of_kind(Kind::Level)
}

#[cfg(test)]
impl Target {
    pub(super) fn to(levels: Vec<Level>, credited: Methods) -> Self {
        let auth_time = Timestamp::from_seconds(0);
        let credit = Credit { methods: credited, auth_time, browser_session: None };
        Self { levels, credit: (!credited.is_empty()).then_some(credit), chosen: None }
    }
}
