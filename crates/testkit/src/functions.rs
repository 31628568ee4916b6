//! Functions that a test's pools name as their triggers: they run in the test's own process.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use poolhouse_ports::{Answer, Invocation, InvokeError, Triggers};
use serde_json::Value;

use crate::server::TestServer;

/// Long enough for functions that answer, since these do so at once.
const PATIENCE: Duration = Duration::from_millis(5);

/// What a function makes of an event.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It answers with these bytes.
    Answer(Vec<u8>),
    /// It fails, or cannot be run.
    Error(InvokeError),
    /// It never answers.
    Silence,
}

type Function = Arc<dyn Fn(Value) -> Outcome + Send + Sync>;

/// The functions of one server, and the events that they were sent.
#[derive(Clone, Default)]
pub(crate) struct Functions(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    functions: HashMap<String, Function>,
    events: Vec<Value>,
}

impl Functions {
    /// As the server takes them.
    pub(crate) fn triggers(&self) -> Triggers {
        let functions = self.clone();
        let target = move |invocation: Invocation| -> Answer {
            let outcome = functions.run(&invocation);
            Box::pin(async move {
                match outcome {
                    Outcome::Answer(answer) => Ok(answer),
                    Outcome::Error(error) => Err(error),
                    Outcome::Silence => std::future::pending().await,
                }
            })
        };
        Triggers::none().on(&arn("*"), target).patience(PATIENCE)
    }

    fn run(&self, invocation: &Invocation) -> Outcome {
        let event: Value = serde_json::from_slice(&invocation.event).expect("an event in JSON");
        let mut state = self.state();
        state.events.push(event.clone());
        let function = state.functions.get(&*invocation.function).cloned();
        drop(state);
        function.unwrap_or_else(|| panic!("no function {}", invocation.function))(event)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Functions")
    }
}

fn arn(name: &str) -> String {
    format!("arn:aws:lambda:us-east-1:000000000000:function:{name}")
}

impl TestServer {
    /// Makes a function that changes the event and answers with it; returns its ARN.
    pub fn function(&self, name: &str, change: impl Fn(&mut Value) + Send + Sync + 'static) -> String {
        self.function_with(name, move |mut event| {
            change(&mut event);
            Outcome::Answer(event.to_string().into_bytes())
        })
    }

    /// Makes a function with any outcome, and returns its ARN. One that has the name already goes.
    pub fn function_with(
        &self,
        name: &str,
        run: impl Fn(Value) -> Outcome + Send + Sync + 'static,
    ) -> String {
        self.functions.state().functions.insert(arn(name), Arc::new(run));
        arn(name)
    }

    /// Makes a function that fails with a text, and returns its ARN.
    pub fn failing_function(&self, name: &str, text: &'static str) -> String {
        self.function_with(name, |_| Outcome::Error(InvokeError::Function(text.to_owned())))
    }

    /// The events that were sent to functions since the last call, oldest first.
    pub fn take_events(&self) -> Vec<Value> {
        std::mem::take(&mut self.functions.state().events)
    }

    /// The `triggerSource` of each event since the last call, oldest first.
    pub fn take_sources(&self) -> Vec<String> {
        let events = self.take_events();
        events.iter().map(|event| event["triggerSource"].as_str().unwrap_or_default().to_owned()).collect()
    }
}
