//! The master key: a file of 32 random bytes in base64, readable by its owner alone.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolhouse_kernel::sealing::MasterKey;
use poolhouse_ports::Entropy;

use crate::exit::Failure;
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
fn create(path: &Path, entropy: &Entropy) -> Result<MasterKey, Failure> {
    let failure = |e: std::io::Error| {
        Failure::setup(format!(
            "master-key-file: cannot make {}: {e}; choose a folder that can be written with --data-dir",
            path.display()
        ))
    };
    let bytes: [u8; 32] = entropy.bytes();
    poolhouse_store::private::write(path, &format!("{}\n", STANDARD.encode(bytes))).map_err(failure)?;
    Ok(MasterKey::new(bytes))
}
