//! The work of a job, on the node that has taken it.

use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_store::Tx;
use poolhouse_store::tables::import_jobs::{self as table, ImportJob};
use poolhouse_store::tables::import_parts;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::UserImportJobStatusType;

use super::csv::{self, Header};
use super::lines::{Line, Lines};
use super::{job, people};
use crate::directory::bulk::{self, Inserted};
use crate::leased::Work;
use crate::model::{Pool, User};
use crate::state::imports::Outcome;
use crate::{Cx, Engine, logs, pools};

/// How long a job that was taken is nobody else's, in seconds: longer than a batch takes.
const LEASE: i64 = 60;

/// How many lines make a batch: so few that nobody waits long for the writer of SQLite.
const BATCH: usize = 256;

/// The most users of a file (operations-and-protection §11, documented).
const MOST_LINES: i64 = 500_000;

/// How often a job is taken without getting on before it is given up.
const ATTEMPTS: u32 = 5;

/// A job that this node has taken.
#[must_use]
pub struct Running {
    pool: Arc<Pool>,
    job: ImportJob,
    lines: Lines,
    header: Option<Header>,
}

/// A line, and what becomes of it.
enum Read {
    /// A user whom the pool takes, unless somebody else has the name.
    User(i64, Box<User>),
    Failed(i64, String),
}

async fn take_first(cx: &Cx) -> Result<Option<ImportJob>, Fault> {
    let mut tx = cx.write().await?;
    let Some(mut job) = table::first_due(&mut tx, cx.now).await? else { return Ok(None) };
    job.attempts += 1;
    if job.attempts > ATTEMPTS {
        let text = "The import failed because of an internal error.";
        end(cx, &mut tx, &mut job, &UserImportJobStatusType::Failed, text).await?;
        tx.commit().await?;
        return Ok(None);
    }
    if job::status(&job) == UserImportJobStatusType::Pending {
        job::set_status(&mut job, &UserImportJobStatusType::InProgress);
    }
    job.lease = Some(cx.entropy().uuid().to_string());
    job.due_at = Some(cx.now.plus_seconds(LEASE));
    table::update(&mut tx, &job).await?;
    tx.commit().await?;
    Ok(Some(job))
}

impl Work for Running {
    const INTERRUPTED: &str = "an import of users was interrupted; it goes on when the database does";

    async fn take(engine: &Engine) -> Result<Option<Self>, Fault> {
        let cx = Cx::job(engine);
        // Mostly there is none, and no writer has to wait for that.
        if table::first_due(&mut cx.read().await?, cx.now).await?.is_none() {
            return Ok(None);
        }
        let taken = cx.repeat(|| take_first(&cx)).await?;
        let Some(job) = taken else { return Ok(None) };
        let pool = pools::get(&cx, &job.pool_id).await?;
        Ok(Some(Self { pool, lines: Lines::of(&job), job, header: None }))
    }

    async fn step(mut self, engine: &Engine) -> Result<Option<Self>, Fault> {
        let cx = Cx::job(engine);
        // What is changed of the pool meanwhile counts from the next batch on, at whichever node that is.
        match pools::get(&cx, &self.job.pool_id).await {
            Ok(pool) => self.pool = pool,
            // Its job went with it.
            Err(fault) if fault.code() == ErrorCode::ResourceNotFoundException => return Ok(None),
            Err(fault) => return Err(fault),
        }
        if let Err(text) = self.open(&cx).await? {
            return self.fail(&cx, text).await;
        }
        let read = self.read(&cx).await?;
        if self.lines.number > MOST_LINES + 1 {
            return self.fail(&cx, "The CSV file has more than 500,000 users.").await;
        }
        let Some((job, outcomes)) = cx.repeat(|| self.write(&cx, &read)).await? else { return Ok(None) };
        self.job = job;
        self.tell(&cx, &outcomes);
        if self.job.due_at.is_some() {
            return Ok(Some(self));
        }
        self.tell_end();
        Ok(None)
    }

    async fn release(self, engine: &Engine) -> Result<(), Fault> {
        let cx = Cx::job(engine);
        cx.repeat(async || {
            let mut tx = cx.write().await?;
            let Some(mut job) = self.stored(&mut tx).await? else { return Ok(()) };
            (job.lease, job.due_at) = (None, Some(cx.now));
            table::update(&mut tx, &job).await?;
            Ok(tx.commit().await?)
        })
        .await
    }
}

impl Running {
    /// Reads the header, whoever read it before, and goes to where the job is.
    async fn open(&mut self, cx: &Cx) -> Result<Result<(), &'static str>, Fault> {
        if self.header.is_some() {
            return Ok(Ok(()));
        }
        let Some(line) = self.lines.next(cx, &self.pool).await? else {
            return Ok(Err("The CSV file is empty."));
        };
        let wanted = csv::columns(&self.pool);
        let header = line.text.and_then(|text| Header::parse(&text, &wanted, self.job.hashing.is_some()));
        Ok(header.map(|header| {
            self.header = Some(header);
            if self.job.position > 0 {
                self.lines.go_to(self.job.position, self.job.line);
            }
        }))
    }

    async fn read(&mut self, cx: &Cx) -> Result<Vec<Read>, Fault> {
        let mut batch = Vec::with_capacity(BATCH);
        while batch.len() < BATCH {
            let Some(line) = self.lines.next(cx, &self.pool).await? else { break };
            let blank = line.text.as_ref().is_ok_and(|text| text.trim().is_empty());
            if !blank {
                batch.push(self.user_of(cx, line));
            }
        }
        Ok(batch)
    }

    fn user_of(&self, cx: &Cx, Line { number, text }: Line) -> Read {
        let hashing = job::hashing(&self.job);
        let user = text.map_err(str::to_owned).and_then(|text| {
            let header = self.header.as_ref().ok_or("The file has no header.")?;
            people::user(cx, &self.pool, hashing.as_ref(), header.values(&text)?)
        });
        match user {
            Ok(user) => Read::User(number, Box::new(user)),
            Err(reason) => Read::Failed(number, reason),
        }
    }

    /// Writes a batch, if the job is still this node's and not to stop.
    async fn write(&self, cx: &Cx, read: &[Read]) -> Result<Option<(ImportJob, Vec<(i64, Outcome)>)>, Fault> {
        let mut tx = cx.write().await?;
        let Some(mut job) = self.stored(&mut tx).await? else { return Ok(None) };
        if job::status(&job) == UserImportJobStatusType::Stopping {
            let text = "The Import Job was stopped by the developer.";
            end(cx, &mut tx, &mut job, &UserImportJobStatusType::Stopped, text).await?;
            tx.commit().await?;
            return Ok(Some((job, Vec::new())));
        }
        let outcomes = self.insert(&mut tx, read).await?;
        let count = |wanted: fn(&Outcome) -> bool| {
            i64::try_from(outcomes.iter().filter(|(_, outcome)| wanted(outcome)).count()).unwrap_or(i64::MAX)
        };
        job.imported += count(|outcome| matches!(outcome, Outcome::Succeeded));
        job.skipped += count(|outcome| matches!(outcome, Outcome::Skipped));
        job.failed += count(|outcome| matches!(outcome, Outcome::Failed(_)));
        (job.position, job.line) = (self.lines.position, self.lines.number);
        (job.attempts, job.due_at) = (0, Some(cx.now.plus_seconds(LEASE)));
        if self.lines.are_done() {
            // The threshold of AWS is not known (operations-and-protection §11, open).
            let (status, text) = if job.imported == 0 && job.skipped + job.failed > 0 {
                let text = "Too many users have failed or been skipped during the import.";
                (UserImportJobStatusType::Failed, text)
            } else {
                (UserImportJobStatusType::Succeeded, "Import Job Completed Successfully.")
            };
            end(cx, &mut tx, &mut job, &status, text).await?;
        } else {
            table::update(&mut tx, &job).await?;
        }
        tx.commit().await?;
        Ok(Some((job, outcomes)))
    }

    async fn insert(&self, tx: &mut Tx, read: &[Read]) -> Result<Vec<(i64, Outcome)>, Fault> {
        let users: Vec<&User> = read
            .iter()
            .filter_map(|read| match read {
                Read::User(_, user) => Some(&**user),
                Read::Failed(..) => None,
            })
            .collect();
        let mut inserted = bulk::insert(tx, &self.pool, &users).await?.into_iter();
        let outcome = |read: &Read| match read {
            Read::Failed(number, reason) => (*number, Outcome::Failed(reason.clone())),
            Read::User(number, _) => (*number, self.outcome(inserted.next())),
        };
        Ok(read.iter().map(outcome).collect())
    }

    /// Where addresses are the names, a taken address is a user who is there already.
    fn outcome(&self, inserted: Option<Inserted>) -> Outcome {
        match inserted {
            Some(Inserted::New) => Outcome::Succeeded,
            Some(Inserted::AliasTaken) if self.pool.username_attributes().is_empty() => {
                Outcome::Failed("An account with the given alias already exists.".to_owned())
            }
            Some(Inserted::AliasTaken | Inserted::NameTaken) | None => Outcome::Skipped,
        }
    }

    /// The job as it is stored, if this node still has it.
    async fn stored(&self, tx: &mut Tx) -> Result<Option<ImportJob>, Fault> {
        let stored = table::get(tx, &self.job.pool_id, &self.job.job_id).await?;
        Ok(stored.filter(|stored| stored.lease.is_some() && stored.lease == self.job.lease))
    }

    /// Ends a job whose file is not what it should be.
    async fn fail(mut self, cx: &Cx, text: &str) -> Result<Option<Self>, Fault> {
        let ended = cx
            .repeat(async || {
                let mut tx = cx.write().await?;
                let Some(mut job) = self.stored(&mut tx).await? else { return Ok(None) };
                end(cx, &mut tx, &mut job, &UserImportJobStatusType::Failed, text).await?;
                tx.commit().await?;
                Ok(Some(job))
            })
            .await?;
        if let Some(job) = ended {
            self.job = job;
            self.tell_end();
        }
        Ok(None)
    }

    /// Writes the log of a batch, after its commit. It names lines, and nothing of a user.
    fn tell(&self, cx: &Cx, outcomes: &[(i64, Outcome)]) {
        let ImportJob { pool_id, job_id, name, .. } = &self.job;
        let stream = format!("{job_id}/{name}");
        for (number, outcome) in outcomes {
            cx.state().imports.count(outcome);
            let line = outcome.line(*number);
            let is_error = matches!(outcome, Outcome::Failed(_));
            logs::import_line(cx, &self.pool, &stream, is_error, line.clone());
            if *outcome == Outcome::Succeeded {
                tracing::debug!(pool = %pool_id, job = %job_id, "{line}");
            } else {
                tracing::info!(pool = %pool_id, job = %job_id, "{line}");
            }
        }
    }

    fn tell_end(&self) {
        let ImportJob { pool_id, job_id, status, imported, skipped, failed, message, .. } = &self.job;
        let message = message.as_deref().unwrap_or_default();
        tracing::info!(
            pool = %pool_id, job = %job_id, status, imported, skipped, failed, "an import of users has ended: {message}"
        );
    }
}

/// Ends a job, whose file nobody needs any more.
async fn end(
    cx: &Cx,
    tx: &mut Tx,
    job: &mut ImportJob,
    status: &UserImportJobStatusType,
    text: &str,
) -> Result<(), Fault> {
    job::end(cx, job, status, text);
    job.upload_id = None;
    table::update(tx, job).await?;
    Ok(import_parts::delete(tx, &job.pool_id, &job.job_id).await?)
}
