//! What is answered where: one list.

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{Method, Response, StatusCode};
use axum::routing::{MethodRouter, any};
use poolhouse_kernel::Fault;
use poolhouse_kernel::to_its_end::caught;
use poolhouse_ports::PoolId;
use tracing::Instrument as _;

use crate::answer::{self, Answerer};
use crate::http::{Api, request_span};
use crate::refusal::Refusal;
use crate::{confirm_page, cors, feedback_page, import_upload, refusal};

/// A page that a link in a message opens.
#[derive(Clone, Copy, Debug)]
enum Page {
    Confirm,
    Feedback,
}

impl Api {
    /// Everything that is served. Whatever else comes in gets an answer of the protocol, too.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/", any(otherwise).post(operation))
            .route("/{pool}/confirmUser", page(Page::Confirm))
            .route("/{pool}/authEventFeedback", page(Page::Feedback))
            .route("/{pool}/imports/{job}", upload())
            // AWS's links have a slash at the end.
            .route("/{pool}/confirmUser/", page(Page::Confirm))
            .route("/{pool}/authEventFeedback/", page(Page::Feedback))
            .fallback(otherwise)
            .with_state(self.clone())
    }
}

async fn operation(State(api): State<Api>, request: Request) -> Response<Body> {
    api.operation(request).await
}

fn page(page: Page) -> MethodRouter<Api> {
    // Whoever only asks what is there does not do what the link says.
    any(otherwise).head(otherwise).get(
        move |State(api): State<Api>, pool: Pool, request: Request| async move {
            let Ok(Path(pool_id)) = pool else { return otherwise(State(api), request).await };
            open(page, &api, pool_id, request).await
        },
    )
}

/// The pool that a path names, in words that can be read.
type Pool = Result<Path<PoolId>, PathRejection>;

/// Does what a link says, to its end for the same reason as an operation, and with as much room.
async fn open(page: Page, api: &Api, pool_id: PoolId, request: Request) -> Response<Body> {
    let cx = api.begin(&request);
    let request_id = cx.request_id;
    let span = request_span(request_id, None, cx.origin.address);
    let refused = move |refusal: &Refusal| {
        refusal.fault.log();
        answer::error(request_id, Answerer::ANYBODY, &refusal.fault, refusal.status)
    };
    let (head, _) = request.into_parts();
    let room = match api.take_room(&cx, &head) {
        Ok(room) => room,
        Err(refusal) => return span.in_scope(|| refused(&refusal)),
    };
    let work = caught(
        async move {
            let _room = room;
            match page {
                Page::Confirm => confirm_page::answer(&cx, &pool_id, &head.uri).await,
                Page::Feedback => feedback_page::answer(&cx, &pool_id, &head.uri).await,
            }
        }
        .instrument(span.clone()),
    );
    let work = async move {
        let opened = work.await;
        opened.unwrap_or_else(|panicked| span.in_scope(|| refused(&Fault::internal(panicked).into())))
    };
    api.engine().begun().to_its_end(work).await
}

fn upload() -> MethodRouter<Api> {
    any(otherwise).put(
        move |State(api): State<Api>,
              job: Result<Path<(PoolId, String)>, PathRejection>,
              request: Request| async move {
            let Ok(Path(job)) = job else { return otherwise(State(api), request).await };
            receive(&api, job, request).await
        },
    )
}

/// Receives the file of an import, and drops what was received when its client hangs up.
async fn receive(api: &Api, job: (PoolId, String), request: Request) -> Response<Body> {
    let cx = api.begin(&request);
    let span = request_span(cx.request_id, None, cx.origin.address);
    let (head, body) = request.into_parts();
    let work = async {
        match api.take_room_for_upload(&cx) {
            Ok(_room) => import_upload::answer(&cx, &job, &head, body).await,
            Err(refusal) => import_upload::failed(&cx, &refusal.fault),
        }
    };
    work.instrument(span).await
}

/// What browsers ask before they call; anything else is 404 with the body of an unknown operation (protocol §3.1, open).
async fn otherwise(State(api): State<Api>, request: Request) -> Response<Body> {
    let request_id = api.request_id();
    if request.method() == Method::OPTIONS {
        return cors::preflight(request.headers(), request_id);
    }
    answer::error(request_id, Answerer::ANYBODY, &refusal::unknown_operation(), Some(StatusCode::NOT_FOUND))
}
