//! The servers, and 64 callers.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use poolhouse_ports::Entropy;
use poolhouse_testkit::{ApiError, Database, TestServer};
use poolhouse_wire::Authority;
use poolhouse_wire::user_pools::Operation;
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// How many ask at once.
pub(crate) const CALLERS: usize = 64;

/// Where the servers run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deployment {
    Sqlite,
    Postgres,
    TwoNodes,
}

/// What a kind of write cost.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figure {
    pub(crate) requests: usize,
    refused: usize,
    repeats: u64,
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let repeats = f64::from(u32::try_from(self.repeats).unwrap());
        let requests = f64::from(u32::try_from(self.requests).unwrap());
        write!(f, "{}, {:.2}", self.refused, repeats / requests.max(1.0))
    }
}

/// One node or two on one database.
pub(crate) struct World {
    nodes: Vec<Arc<TestServer>>,
    operation: Mutex<&'static str>,
    figures: Mutex<HashMap<&'static str, Figure>>,
}

impl World {
    /// `None` where there is no PostgreSQL.
    pub(crate) async fn start(deployment: Deployment) -> Option<Self> {
        let database = match deployment {
            Deployment::Sqlite => Database::Sqlite,
            Deployment::Postgres | Deployment::TwoNodes => Database::postgres().await?,
        };
        let first = TestServer::start(database.clone()).await;
        let mut nodes = vec![];
        if matches!(deployment, Deployment::TwoNodes) {
            nodes.push(Arc::new(second_node(&first, database).await));
        }
        nodes.insert(0, Arc::new(first));
        Some(Self { nodes, operation: Mutex::default(), figures: Mutex::default() })
    }

    /// The operation that [`World::storm`] asks for.
    pub(crate) fn about(&self, operation: &'static str) {
        *self.operation.lock().unwrap_or_else(PoisonError::into_inner) = operation;
    }

    /// The first node.
    pub(crate) fn server(&self) -> &TestServer {
        &self.nodes[0]
    }

    /// All nodes, to be asked beside this task.
    pub(crate) fn nodes(&self) -> &[Arc<TestServer>] {
        &self.nodes
    }

    /// All nodes.
    pub(crate) fn servers(&self) -> impl Iterator<Item = &TestServer> {
        self.nodes.iter().map(|node| &**node)
    }

    /// Asks for the operation with all of `inputs` at once, at the nodes in turn.
    ///
    /// None may be refused for the sake of the others.
    pub(crate) async fn storm(&self, inputs: impl IntoIterator<Item = Value>) -> Answers {
        let operation = *self.operation.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.repeats(operation);
        let answers = self.at_once(operation, inputs).await;
        let refused: Vec<_> =
            answers.0.iter().filter_map(|a| a.as_ref().err().filter(|e| is_ours(e))).collect();
        let mut figures = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
        let figure = figures.entry(operation).or_default();
        figure.requests += answers.0.len();
        figure.refused += refused.len();
        figure.repeats += self.repeats(operation) - before;
        drop(figures);
        assert!(refused.is_empty(), "{operation}: {} refused, such as {:?}", refused.len(), refused[0]);
        answers
    }

    /// As [`World::storm`], for what comes before it.
    pub(crate) async fn at_once(
        &self,
        operation: &'static str,
        inputs: impl IntoIterator<Item = Value>,
    ) -> Answers {
        let signs = Operation::from_name(operation).unwrap().facts().authority == Authority::Iam;
        let mut set = JoinSet::new();
        for (number, input) in inputs.into_iter().enumerate() {
            let node = Arc::clone(&self.nodes[number % self.nodes.len()]);
            set.spawn(async move {
                let caller = if signs { node.admin() } else { node.public() };
                (number, caller.call(operation, input).await)
            });
        }
        let mut answers = set.join_all().await;
        answers.sort_by_key(|(number, _)| *number);
        Answers(answers.into_iter().map(|(_, answer)| answer).collect())
    }

    fn repeats(&self, operation: &str) -> u64 {
        let operation = Operation::from_name(operation).map(Into::into);
        let figures = |node: &Arc<TestServer>| node.engine().contention().figures();
        self.nodes.iter().filter_map(|node| Some(figures(node).get(&operation)?.repeats)).sum()
    }

    /// How many things a list of administrators has on all its pages.
    pub(crate) async fn count(&self, operation: &str, key: &str, mut input: Value) -> usize {
        let mut count = 0;
        loop {
            let page = self.server().admin().ok(operation, input.clone()).await;
            count += page[key].as_array().unwrap().len();
            let token = ["NextToken", "PaginationToken"].into_iter().find(|name| page[*name].is_string());
            let Some(token) = token else { return count };
            input[token] = page[token].clone();
        }
    }

    pub(crate) fn figures(&self) -> HashMap<&'static str, Figure> {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends the test.
    pub(crate) async fn finish(self) {
        let mut nodes = self.nodes;
        nodes.truncate(1);
        Arc::try_unwrap(nodes.remove(0)).unwrap().finish().await;
    }
}

/// Another node on the database of `first`, with the same clock and mailbox.
pub(crate) async fn second_node(first: &TestServer, database: Database) -> TestServer {
    let (clock, courier) = (first.clock().clone(), first.engine().courier().clone());
    TestServer::start_with(database, |parts| {
        parts.kernel.clock = clock;
        parts.kernel.courier = courier;
        parts.kernel.entropy = Entropy::seeded(43);
    })
    .await
}

/// Another node beside `server`, where the database can have two.
pub(crate) async fn another_node(server: &TestServer) -> Option<TestServer> {
    match server.database() {
        Database::Sqlite => None,
        database @ Database::Postgres(_) => Some(second_node(server, database.clone()).await),
    }
}

/// A refusal that the caller did nothing for. That too many guess at one user is another matter.
fn is_ours(error: &ApiError) -> bool {
    let too_many = error.code == "TooManyRequestsException" && error.message != "Rate exceeded";
    error.status >= 500 || too_many
}

/// What the callers were answered, in the order of their numbers.
#[derive(Debug)]
pub(crate) struct Answers(pub(crate) Vec<Result<Value, ApiError>>);

impl Answers {
    /// All succeeded.
    pub(crate) fn all(self) -> Vec<Value> {
        self.0.into_iter().map(Result::unwrap).collect()
    }

    /// Some succeeded; of the others too many guessed at the same user.
    pub(crate) fn guesses(self) {
        let done = self.0.iter().filter(|answer| answer.is_ok()).count();
        assert!(done > 0);
        self.only(done, &["TooManyRequestsException"]);
    }

    /// So many succeeded, and the others were refused by one of these codes.
    pub(crate) fn only(self, done: usize, refusals: &[&str]) {
        let mut seen = BTreeMap::<_, usize>::new();
        for answer in &self.0 {
            *seen.entry(answer.as_ref().map_or_else(|error| error.code.as_str(), |_| "")).or_default() += 1;
        }
        let right = seen.keys().all(|code| code.is_empty() || refusals.contains(code));
        assert!(
            right && seen.get("").copied().unwrap_or_default() == done,
            "{done} were to succeed: {seen:?}"
        );
    }
}

/// The same from all callers.
pub(crate) fn same(input: &Value) -> Vec<Value> {
    vec![input.clone(); CALLERS]
}

/// `input` with a text of each caller's own as `member`.
pub(crate) fn each(input: &Value, member: &str, prefix: &str) -> Vec<Value> {
    let one = |number| with(input, json!({ member: format!("{prefix}{number}") }));
    (0..CALLERS).map(one).collect()
}

/// `input` with more members.
pub(crate) fn with(input: &Value, more: Value) -> Value {
    let mut input = input.clone();
    if let Value::Object(more) = more {
        input.as_object_mut().unwrap().extend(more);
    }
    input
}
