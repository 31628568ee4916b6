//! The root credentials that a server makes itself, and the commands of `poolhouse credentials`.

use std::io::{self, IsTerminal as _};
use std::path::Path;

use poolhouse_api::audit::Command;
use poolhouse_core::Engine;
use poolhouse_crypto::timestamp;
use poolhouse_iam::credentials;
use poolhouse_kernel::KeyPair;
use poolhouse_store::{Options, StoreError, private};
use serde_json::json;

use crate::cli::CredentialsCommand;
use crate::config::SealedOptions;
use crate::database::{self, say};
use crate::exit::Failure;
use crate::installation::{self, Installation};

/// The file of a pair that nobody could be shown, in the data folder.
pub(crate) const FILE: &str = "root-credentials";

/// Makes root credentials where there are none, and shows them once: on the terminal, or in a file of their own.
/// Never in the log, which goes to others.
///
/// # Errors
/// When they can be neither stored nor shown.
pub(crate) async fn make_root(engine: &Engine, data_dir: &Path) -> Result<(), Failure> {
    let made = credentials::ensure_root(engine).await.map_err(|e| Failure::setup(e.to_string()))?;
    let Some(pair) = made else { return Ok(()) };
    if io::stderr().is_terminal() {
        show(&pair);
        return Ok(());
    }
    let file = data_dir.join(FILE);
    if let Err(error) = private::write(&file, format!("{}\n", lines(&pair, ""))) {
        // A pair that nobody has seen would keep the next start from making another.
        let removed = credentials::remove(engine.store(), &pair.access_key_id).await;
        removed.map_err(|e| Failure::setup(e.to_string()))?;
        return Err(Failure::setup(format!(
            "data-dir: cannot write the root credentials to {}: {error}; give them by POOLHOUSE_ROOT_ACCESS_KEY_ID and POOLHOUSE_ROOT_SECRET_ACCESS_KEY, or choose a folder that can be written with --data-dir",
            file.display()
        )));
    }
    tracing::warn!(
        access_key_id = pair.access_key_id,
        file = %file.display(),
        "root credentials were made; take them from the file and remove it"
    );
    Ok(())
}

#[expect(clippy::print_stderr, reason = "the only time that the secret is shown, and a person sees it")]
fn show(pair: &KeyPair) {
    let lines = lines(pair, "  ");
    eprintln!("Root credentials were made. Note them now, the secret is not shown again:\n{lines}");
}

fn lines(pair: &KeyPair, indent: &str) -> String {
    let KeyPair { access_key_id, secret_access_key } = pair;
    format!("{indent}AWS_ACCESS_KEY_ID={access_key_id}\n{indent}AWS_SECRET_ACCESS_KEY={secret_access_key}")
}

/// Ends the pairs that were made before settings gave one: who found such a pair would be an administrator for ever.
///
/// # Errors
/// When the database fails.
pub(crate) async fn end_made(engine: &Engine) -> Result<(), Failure> {
    let failed = |error: StoreError| Failure::setup(format!("database: {error}"));
    for key in credentials::stored(engine.store()).await.map_err(failed)? {
        if credentials::remove(engine.store(), &key.access_key_id).await.map_err(failed)? {
            tracing::warn!(
                access_key_id = key.access_key_id,
                "removed root credentials that a server had made: the settings give others"
            );
        }
    }
    Ok(())
}

/// Runs one of the commands.
///
/// # Errors
/// Exit code 2 when the database cannot be opened, 1 when the work failed.
pub(crate) async fn run(command: CredentialsCommand) -> Result<(), Failure> {
    match command {
        CredentialsCommand::List(options) => list(options.database()?).await,
        CredentialsCommand::Remove { options, access_key_id } => remove(*options, &access_key_id).await,
    }
}

async fn list(options: Options) -> Result<(), Failure> {
    let store = database::open(Options { migrate: false, ..options }).await?;
    let keys = credentials::stored(&store).await.map_err(|e| Failure::running(format!("database: {e}")))?;
    for key in &keys {
        say(&format!("{}  made {}", key.access_key_id, timestamp::format(key.created_at.seconds())));
    }
    if keys.is_empty() {
        say("No access key is stored.");
    }
    Ok(())
}

async fn remove(options: SealedOptions, access_key_id: &str) -> Result<(), Failure> {
    let Installation { engine, audit } = installation::open(options).await?;
    let removed = credentials::remove(engine.store(), access_key_id).await;
    if !matches!(removed, Ok(false)) {
        let (parameters, error) = (json!({ "accessKeyId": access_key_id }), removed.as_ref().err());
        let error = error.map(ToString::to_string);
        let command = Command { name: "RemoveRootCredentials", parameters, error: error.as_deref() };
        audit.told(&engine, command).await;
    }
    if removed.map_err(|e| Failure::running(format!("database: {e}")))? {
        say(&format!("Removed {access_key_id}."));
        return Ok(());
    }
    Err(Failure::running(format!(
        "{access_key_id} is not stored; `poolhouse credentials list` shows those that are"
    )))
}
