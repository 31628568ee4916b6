//! Functions of the operator's own, which user pools name as their Lambda triggers.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::pattern::matches;

/// How long a function may take to answer; AWS gives it as long.
const PATIENCE: Duration = Duration::from_secs(5);

/// One event on its way to a function. Its `Debug` form does not show the event: it may hold a password.
#[derive(Clone)]
pub struct Invocation {
    /// The function, by the ARN in the pool's `LambdaConfig`.
    pub function: Arc<str>,
    /// Names the event; the same at every try.
    pub id: Uuid,
    /// The event, as JSON.
    pub event: Arc<[u8]>,
}

impl fmt::Debug for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Invocation");
        shown.field("function", &self.function).field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why a function gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvokeError {
    /// It ran and failed; the text is its own.
    Function(String),
    /// It died before it had said anything; the text is that of what runs it.
    Died(String),
    /// It was not run, and another try would not change that; the text names the cause in the manner of an
    /// exception's name, such as `AccessDeniedException`.
    Refused(String),
    /// It could not be reached, or the connection broke; another try may help. The text is for the log.
    Transport(String),
}

/// What a target makes of one event: the function's answer as it came.
pub type Answer = Pin<Box<dyn Future<Output = Result<Vec<u8>, InvokeError>> + Send>>;

type Target = Arc<dyn Fn(Invocation) -> Answer + Send + Sync>;

/// The functions that can be run: ARNs, and what stands behind each. Clones share the targets.
#[derive(Clone)]
pub struct Triggers {
    targets: Vec<(Arc<str>, Target)>,
    patience: Duration,
}

impl Triggers {
    /// No functions; every invocation is refused.
    pub fn none() -> Self {
        Self { targets: Vec::new(), patience: PATIENCE }
    }

    /// Adds a target for the functions whose ARN is `pattern`, in which `*` stands for any text. An exact ARN
    /// goes before patterns, and of several patterns the first one counts.
    #[must_use]
    pub fn on<F>(mut self, pattern: &str, target: F) -> Self
    where
        F: Fn(Invocation) -> Answer + Send + Sync + 'static,
    {
        self.targets.push((pattern.into(), Arc::new(target)));
        self
    }

    /// Gives functions another time to answer than the five seconds of AWS.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How long one try may take. Who invokes holds to it: this crate has no timer.
    pub fn time_to_answer(&self) -> Duration {
        self.patience
    }

    /// Hands an event to the function once.
    ///
    /// # Errors
    /// When the function failed or was not run; `AccessDeniedException` when it has no target, as AWS says it
    /// of a function that may not be invoked.
    pub async fn invoke(&self, invocation: Invocation) -> Result<Vec<u8>, InvokeError> {
        match self.target(&invocation.function) {
            Some(target) => target(invocation).await,
            None => Err(InvokeError::Refused("AccessDeniedException".to_owned())),
        }
    }

    fn target(&self, function: &str) -> Option<&Target> {
        let exact = self.targets.iter().find(|(pattern, _)| **pattern == *function);
        let found = exact.or_else(|| self.targets.iter().find(|(pattern, _)| matches(pattern, function)));
        found.map(|(_, target)| target)
    }
}

impl fmt::Debug for Triggers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.targets.iter().map(|(pattern, _)| pattern)).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn invocation(function: &str) -> Invocation {
        Invocation { function: function.into(), id: Uuid::nil(), event: (*b"{\"password\":1}").into() }
    }

    fn says(text: &'static str) -> impl Fn(Invocation) -> Answer {
        move |_| Box::pin(async move { Ok(text.as_bytes().to_vec()) })
    }

    fn invoke(triggers: &Triggers, function: &str) -> Result<Vec<u8>, InvokeError> {
        let mut answer = Box::pin(triggers.invoke(invocation(function)));
        match answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => answer,
            Poll::Pending => unreachable!("the targets of these tests answer at once"),
        }
    }

    #[test]
    fn exact_goes_before_pattern_and_the_first_pattern_counts() {
        let triggers =
            Triggers::none().on("arn:*", says("any")).on("arn:b*", says("never")).on("arn:b", says("b"));
        assert_eq!(invoke(&triggers, "arn:b").unwrap(), b"b");
        assert_eq!(invoke(&triggers, "arn:bc").unwrap(), b"any");
        let refused = InvokeError::Refused("AccessDeniedException".to_owned());
        assert_eq!(invoke(&triggers, "other"), Err(refused));
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text) in [
            ("*", ""),
            ("*", "x"),
            ("a*", "a"),
            ("*c", "abc"),
            ("a*b*c", "a12b34c"),
            ("a*b", "abab"),
            ("", ""),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("a*", "ba"), ("*c", "cb"), ("a*a", "a"), ("a*b*c", "acb"), ("a", "ab"), ("", "a")]
        {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn debug_hides_the_event() {
        assert!(!format!("{:?}", invocation("f")).contains("password"));
    }
}
