//! The commands of `poolhouse secrets`.

use poolhouse_core::Cx;
use poolhouse_core::clients::rotation;
use serde_json::json;

use crate::audit::Act;
use crate::cli::SecretsCommand;
use crate::database::say;
use crate::exit::Failure;
use crate::installation;

/// Runs one of the commands.
///
/// # Errors
/// Exit code 2 when it cannot begin, 1 when there is nothing to rotate.
pub(crate) async fn run(command: SecretsCommand) -> Result<(), Failure> {
    let SecretsCommand::Rotate { options, client } = command;
    let act = Act { name: "RotateClientSecrets", parameters: json!({ "clientId": client }) };
    let rotated = installation::change(options, act, async |engine, _| {
        match rotation::rotate_now(&Cx::job(engine), &client.as_str().into()).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failure::running(format!(
                "{client} is no client whose secrets are published; UpdateUserPoolClient with PublishSecretsInAWSSecretsManager publishes them"
            ))),
            Err(fault) => {
                let cause = fault.cause().map(ToString::to_string).unwrap_or_default();
                Err(Failure::running(format!("{client}: {} {cause}", fault.code())))
            }
        }
    });
    rotated.await?;
    say(&format!("Rotated. What applications of {client} hold is good until the next rotation."));
    Ok(())
}
