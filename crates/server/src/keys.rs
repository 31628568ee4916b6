//! The commands of `poolhouse keys`.

use poolhouse_core::Cx;
use poolhouse_core::pools::key_rotation::{self, Before};
use poolhouse_identity::keys;
use serde_json::json;

use crate::audit::Act;
use crate::cli::KeysCommand;
use crate::database::say;
use crate::exit::Failure;
use crate::installation;

/// Runs one of the commands.
///
/// # Errors
/// Exit code 2 when it cannot begin, 1 when there is nothing to rotate.
pub(crate) async fn run(command: KeysCommand) -> Result<(), Failure> {
    let KeysCommand::Rotate { options, whose, at_once } = command;
    let before = if at_once { Before::Ends } else { Before::Overlaps };
    let parameters =
        json!({ "userPoolId": whose.pool, "identityPools": whose.identity_pools, "atOnce": at_once });
    let act = Act { name: "RotateSigningKeys", parameters };
    let rotated = installation::change(*options, act, async |engine, _| {
        let cx = Cx::job(engine);
        let rotated = match &whose.pool {
            Some(pool) => key_rotation::rotate(&cx, &pool.as_str().into(), before).await.map(|()| true),
            None => keys::rotate(&cx, before).await,
        };
        match rotated {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failure::running("there is no identity pool yet, and no key of them")),
            Err(fault) => Err(Failure::of_fault("keys", &fault)),
        }
    });
    rotated.await?;
    say(if at_once {
        "Rotated. Tokens that were signed before are no longer good, within a minute on every server."
    } else {
        "The new keys are published; they sign from tomorrow on, and tokens of before stay good."
    });
    Ok(())
}
