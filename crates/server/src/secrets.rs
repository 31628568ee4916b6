//! The commands of `poolhouse secrets`.

use poolhouse_api::audit::Command;
use poolhouse_core::Cx;
use poolhouse_core::clients::rotation;
use serde_json::json;

use crate::cli::SecretsCommand;
use crate::database::say;
use crate::exit::Failure;
use crate::installation::{self, Installation};

/// Runs one of the commands.
///
/// # Errors
/// Exit code 2 when it cannot begin, 1 when there is nothing to rotate.
pub(crate) async fn run(command: SecretsCommand) -> Result<(), Failure> {
    let SecretsCommand::Rotate { options, client } = command;
    let Installation { engine, audit } = installation::open(options).await?;
    let rotated = rotation::rotate_now(&Cx::job(&engine), &client.as_str().into()).await;
    if !matches!(rotated, Ok(false)) {
        let (parameters, error) = (json!({ "clientId": client }), rotated.as_ref().err());
        let error = error.map(|fault| fault.code().as_str());
        audit.told(&engine, Command { name: "RotateClientSecrets", parameters, error }).await;
    }
    match rotated {
        Ok(true) => {
            say(&format!("Rotated. What applications of {client} hold is good until the next rotation."));
            Ok(())
        }
        Ok(false) => Err(Failure::running(format!(
            "{client} is no client whose secrets are published; UpdateUserPoolClient with PublishSecretsInAWSSecretsManager publishes them"
        ))),
        Err(fault) => {
            let cause = fault.cause().map(ToString::to_string).unwrap_or_default();
            Err(Failure::running(format!("{client}: {} {cause}", fault.code())))
        }
    }
}
