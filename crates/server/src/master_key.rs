//! The master key: 32 random bytes in base64, in a file that its owner alone can read, as a setting, from a command, or as a
//! ciphertext that KMS decrypts.

mod kms;

use std::fs;
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolhouse_kernel::sealing::MasterKey;
use poolhouse_ports::{Clock, Entropy};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use crate::config::{InstallationOptions, StoreOptions};
use crate::exit::Failure;
use kms::Kms;

/// How long a command may take to print it.
const COMMAND_PATIENCE: Duration = Duration::from_secs(30);

/// How often it is looked whether it has ended, once it has said what it has to say.
const POLL: Duration = Duration::from_millis(10);

/// How much it may print: a key is shorter.
const LONGEST_OUTPUT: u64 = 1024;
use crate::secret_file;

/// Reads the key, or makes it when there is none; and whether it was made.
///
/// # Errors
/// When the file cannot be read or made, is open to others, or holds something else.
pub(crate) fn open(path: &Path, entropy: &Entropy) -> Result<(MasterKey, bool), Failure> {
    match fs::read_to_string(path) {
        Ok(text) => {
            secret_file::refuse_open("master-key-file", path)?;
            parse(&text).map(|key| (key, false)).ok_or_else(|| {
                Failure::setup(format!(
                    "master-key-file: {} does not hold 32 bytes in base64; bring back the file that was made at the first start",
                    path.display()
                ))
            })
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok((create(path, entropy)?, true)),
        Err(error) => {
            Err(Failure::setup(format!("master-key-file: cannot read {}: {error}", path.display())))
        }
    }
}

/// Reads a key that was made before.
///
/// # Errors
/// When there is none, or the file is open to others or holds something else.
pub(crate) fn existing(path: &Path) -> Result<MasterKey, Failure> {
    if !path.exists() {
        return Err(Failure::setup(format!(
            "master-key-file: {} is missing; give the one that the server uses, or its data folder with --data-dir",
            path.display()
        )));
    }
    open(path, &Entropy::system()).map(|(key, _)| key)
}

/// The key that an installation uses, which also opens what the one before sealed.
///
/// # Errors
/// When one is missing or is none.
pub(crate) async fn in_use(
    installation: &InstallationOptions,
    store: &StoreOptions,
) -> Result<MasterKey, Failure> {
    let key = match from_elsewhere(installation, store).await? {
        Some(key) => key,
        None => existing(&installation.master_key_file(store))?,
    };
    with_previous(installation, key)
}

/// The same where there is one: no key is given, and the file is not there.
///
/// # Errors
/// When what there is is none.
pub(crate) async fn in_use_if_any(
    installation: &InstallationOptions,
    store: &StoreOptions,
) -> Result<Option<MasterKey>, Failure> {
    let file = installation.master_key_file(store);
    let key = match from_elsewhere(installation, store).await? {
        None if file.exists() => Some(existing(&file)?),
        key => key,
    };
    key.map(|key| with_previous(installation, key)).transpose()
}

/// The keys under which something of an installation may be, each by itself.
///
/// # Errors
/// When one is missing or is none.
pub(crate) async fn all(
    installation: &InstallationOptions,
    store: &StoreOptions,
) -> Result<Vec<MasterKey>, Failure> {
    let previous = installation.previous_master_key_file.as_deref().map(existing).transpose()?;
    Ok([Some(in_use(installation, store).await?), previous].into_iter().flatten().collect())
}

/// The key, where it comes from no file.
///
/// # Errors
/// When what comes is none.
pub(crate) async fn from_elsewhere(
    installation: &InstallationOptions,
    store: &StoreOptions,
) -> Result<Option<MasterKey>, Failure> {
    if let Some(text) = &installation.master_key {
        return given(text).map(Some);
    }
    if let Some(command) = &installation.master_key_command {
        return printed(command, COMMAND_PATIENCE).await.map(Some);
    }
    let Some(key) = &installation.master_key_kms else { return Ok(None) };
    let kms = Kms { key, endpoint: installation.master_key_kms_endpoint.as_deref() };
    let file = installation.master_key_kms_file(store);
    kms.open(&file, &kms::credentials()?, &Clock::system()).await.map(Some)
}

/// The key beside the one before it, where that is given.
///
/// # Errors
/// When that one is missing or is none.
pub(crate) fn with_previous(
    installation: &InstallationOptions,
    key: MasterKey,
) -> Result<MasterKey, Failure> {
    match &installation.previous_master_key_file {
        Some(file) => Ok(key.after(existing(file)?)),
        None => Ok(key),
    }
}

/// The key that a command prints. What it says besides goes where this program's own words go.
async fn printed(command: &str, patience: Duration) -> Result<MasterKey, Failure> {
    let failure = |what: String| {
        Failure::setup(format!(
            "master-key-command: {what}; it must print 32 bytes in base64, and end with 0"
        ))
    };
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", command]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut process = shell.spawn().map_err(|error| failure(format!("cannot be run: {error}")))?;
    let output = process.stdout.take();
    let ended = timeout(patience, async {
        let text = spawn_blocking(move || text_of(output)).await.map_err(io::Error::other)??;
        loop {
            match process.try_wait()? {
                Some(status) => return Ok::<_, io::Error>((text, status)),
                None => sleep(POLL).await,
            }
        }
    });
    let Ok(ended) = ended.await else {
        let _ = process.kill().and_then(|()| process.wait());
        return Err(failure(format!("no end within {} seconds", patience.as_secs())));
    };
    let (text, status) = ended.map_err(|error| failure(format!("cannot be heard: {error}")))?;
    if !status.success() {
        return Err(failure(format!("failed with {status}")));
    }
    parse(&text).ok_or_else(|| failure("what it printed is no key".to_owned()))
}

/// What a command prints, as far as it could be a key.
fn text_of(output: Option<ChildStdout>) -> io::Result<String> {
    let mut text = String::new();
    if let Some(output) = output {
        output.take(LONGEST_OUTPUT).read_to_string(&mut text)?;
    }
    Ok(text)
}

/// The key that was given as a setting.
///
/// # Errors
/// When it is something else.
pub(crate) fn given(text: &str) -> Result<MasterKey, Failure> {
    parse(text).ok_or_else(|| {
        Failure::setup(
            "master-key: what is given is not 32 bytes in base64; make one with: openssl rand -base64 32",
        )
    })
}

fn parse(text: &str) -> Option<MasterKey> {
    let bytes: [u8; 32] = STANDARD.decode(text.trim()).ok()?.try_into().ok()?;
    Some(MasterKey::new(bytes))
}

/// Makes the key. It is on the disk, and whole, before anything is sealed with it.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn create(path: &Path, entropy: &Entropy) -> Result<MasterKey, Failure> {
    let failure = |e: io::Error| {
        Failure::setup(format!(
            "master-key-file: cannot make {}: {e}; choose a folder that can be written with --data-dir",
            path.display()
        ))
    };
    let bytes: [u8; 32] = entropy.bytes();
    poolhouse_store::private::write(path, format!("{}\n", STANDARD.encode(bytes))).map_err(failure)?;
    Ok(MasterKey::new(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn a_command_prints_the_key() {
        let text = STANDARD.encode([7; 32]);
        let key = printed(&format!("echo {text}"), PATIENCE).await.unwrap();
        assert_eq!(key.audit_key("c").mac(&[b"x"]), MasterKey::new([7; 32]).audit_key("c").mac(&[b"x"]));
        let why = async |command: &str, patience| printed(command, patience).await.unwrap_err().to_string();
        assert!(why("echo key", PATIENCE).await.contains("no key"));
        assert!(why(&format!("echo {text}; exit 3"), PATIENCE).await.contains("exit status: 3"));
        assert!(why("/nowhere/no-command 2>&-", PATIENCE).await.contains("exit status: 127"));
        assert!(why("exec sleep 1000", Duration::ZERO).await.contains("no end within"));
    }
}
