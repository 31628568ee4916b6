//! The commands of `poolhouse pools`.

use std::time::Duration;

use poolhouse_api::audit::Audit;
use poolhouse_core::point_in_time;
use poolhouse_core::{Cx, Engine};
use poolhouse_kernel::Fault;
use poolhouse_ports::{PoolId, Timestamp};
use poolhouse_wire::user_pools::{RestorationType, RestoreStatusType};
use serde_json::json;
use tokio::time::sleep;

use crate::audit::Act;
use crate::cli::PoolsCommand;
use crate::database::say;
use crate::exit::Failure;
use crate::installation;

/// How often it is looked how far a recovery is that a server has.
const LOOK: Duration = Duration::from_secs(1);

/// Runs one of the commands.
///
/// # Errors
/// Exit code 2 when it cannot begin, 1 when the pool cannot be recovered so.
pub(crate) async fn run(command: PoolsCommand) -> Result<(), Failure> {
    let PoolsCommand::Recover { options, pool, to, start, cancel, abort } = command;
    let pool = PoolId::from(pool);
    let parameters = json!({
        "userPoolId": pool, "restoreTimestamp": to,
        "restoreId": start.as_ref().or(cancel.as_ref()).or(abort.as_ref()),
    });
    let act = |name| Act { name, parameters };
    match (to, start, cancel, abort) {
        (Some(to), ..) => {
            let act = act("InitiatePointInTimeRecovery");
            let work = async |engine: &Engine, _: &Audit| count(engine, &pool, to).await;
            installation::change(options, act, work).await
        }
        (None, Some(id), ..) => {
            let act = act("StartPointInTimeRecovery");
            let work = async |engine: &Engine, _: &Audit| carry_out(engine, &pool, &id).await;
            installation::change(options, act, work).await
        }
        (None, None, Some(id), _) => {
            let act = act("CancelPointInTimeRecovery");
            let work = async |engine: &Engine, _: &Audit| told(&pool, leave(engine, &pool, &id).await);
            installation::change(options, act, work).await
        }
        (None, None, None, Some(id)) => {
            let act = act("AbortPointInTimeRecovery");
            let work = async |engine: &Engine, _: &Audit| told(&pool, give_up(engine, &pool, &id).await);
            installation::change(options, act, work).await
        }
        (None, None, None, None) => {
            let work = async |engine: &Engine, _: &Audit| told(&pool, list(engine, &pool).await);
            installation::look(options, work).await
        }
    }
}

/// What became of it, in the words of a command.
fn told(pool: &PoolId, done: Result<(), Fault>) -> Result<(), Failure> {
    done.map_err(|fault| Failure::of_fault(pool, &fault))
}

async fn count(engine: &Engine, pool: &PoolId, to: i64) -> Result<(), Failure> {
    let moment = Timestamp(to.saturating_mul(1000));
    let begun = point_in_time::initiate(&Cx::job(engine), pool, moment).await;
    let id = begun.map_err(|fault| Failure::of_fault(pool, &fault))?.restore_id.unwrap_or_default();
    finish(engine, pool, &id, &RestoreStatusType::PreviewGenerated).await?;
    say(&format!("Nothing has changed yet. To carry it out: --start {id}. To leave it: --cancel {id}."));
    Ok(())
}

async fn carry_out(engine: &Engine, pool: &PoolId, id: &str) -> Result<(), Failure> {
    point_in_time::start(&Cx::job(engine), pool, id)
        .await
        .map_err(|fault| Failure::of_fault(pool, &fault))?;
    finish(engine, pool, id, &RestoreStatusType::RestoreCompleted).await
}

/// Does it, or waits for the server that does, and shows what came of it.
async fn finish(engine: &Engine, pool: &PoolId, id: &str, wanted: &RestoreStatusType) -> Result<(), Failure> {
    let done = point_in_time::finish(engine, pool, id, async || sleep(LOOK).await).await;
    let done = done.map_err(|fault| Failure::of_fault(pool, &fault))?;
    show(&done);
    if done.restore_status.as_ref() == Some(wanted) {
        Ok(())
    } else {
        Err(Failure::running(format!("{pool}: the recovery {id} has ended otherwise; the log says why")))
    }
}

async fn give_up(engine: &Engine, pool: &PoolId, id: &str) -> Result<(), Fault> {
    show(&point_in_time::abort(&Cx::job(engine), pool, id).await?);
    say(
        "Users can be changed again. What it did so far is taken back by a recovery to the moment before its start.",
    );
    Ok(())
}

async fn leave(engine: &Engine, pool: &PoolId, id: &str) -> Result<(), Fault> {
    show(&point_in_time::cancel(&Cx::job(engine), pool, id).await?);
    Ok(())
}

async fn list(engine: &Engine, pool: &PoolId) -> Result<(), Fault> {
    let mut token = None;
    loop {
        let page = point_in_time::list(&Cx::job(engine), pool, None, token.as_deref()).await?;
        for found in page.items {
            let id = found.restore_id.unwrap_or_default();
            show(&point_in_time::describe(&Cx::job(engine), pool, &id).await?);
        }
        token = page.next_token;
        if token.is_none() {
            return Ok(());
        }
    }
}

fn show(recovery: &RestorationType) {
    let id = recovery.restore_id.as_deref().unwrap_or_default();
    let status = recovery.restore_status.as_ref().map(ToString::to_string).unwrap_or_default();
    let to = recovery.restore_timestamp.unwrap_or_default().0 / 1000;
    say(&format!("{id}  to {to}  {status}"));
    for entry in recovery.restore_preview.iter().flatten() {
        let count = |count: Option<i64>| count.unwrap_or_default();
        say(&format!(
            "  {}: {} made again, {} set back, {} deleted",
            entry.entity.as_deref().unwrap_or_default(),
            count(entry.create_count),
            count(entry.update_count),
            count(entry.delete_count),
        ));
    }
}
