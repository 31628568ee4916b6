//! Servers that a test's pools name: documents in the test's own process, and the requests for them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use poolhouse_ports::{Fetch, FetchError, FetchRequest, Fetched, Fetching};
use serde_json::Value;

use crate::server::TestServer;

type Stranger = Arc<dyn Fn(&FetchRequest) -> Result<Fetched, FetchError> + Send + Sync>;

/// The strangers of one server, and what was asked of them.
#[derive(Clone, Default)]
pub(crate) struct Strangers(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    of_url: HashMap<String, Stranger>,
    requests: Vec<FetchRequest>,
}

impl Strangers {
    /// As the server takes them.
    pub(crate) fn fetch(&self) -> Fetch {
        let strangers = self.clone();
        Fetch::new(move |request| -> Fetching {
            let outcome = strangers.answer(&request);
            Box::pin(async move { outcome })
        })
    }

    fn answer(&self, request: &FetchRequest) -> Result<Fetched, FetchError> {
        let mut state = self.state();
        state.requests.push(request.clone());
        let stranger = state.of_url.get(&request.url).cloned();
        drop(state);
        match stranger {
            Some(stranger) => stranger(request),
            None => Err(FetchError::Unknown("no stranger of this test".to_owned())),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Strangers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Strangers")
    }
}

impl TestServer {
    /// Puts a server at a URL. One that is there already goes.
    pub fn stranger(
        &self,
        url: &str,
        answer: impl Fn(&FetchRequest) -> Result<Fetched, FetchError> + Send + Sync + 'static,
    ) {
        self.strangers.state().of_url.insert(url.to_owned(), Arc::new(answer));
    }

    /// Puts a JSON document at a URL.
    pub fn document(&self, url: &str, document: &Value) {
        let body = document.to_string().into_bytes();
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        self.stranger(url, move |_| {
            Ok(Fetched { status: 200, headers: headers.clone(), body: body.clone() })
        });
    }

    /// What was asked of strangers since the last call, oldest first.
    pub fn take_fetches(&self) -> Vec<FetchRequest> {
        std::mem::take(&mut self.strangers.state().requests)
    }
}
