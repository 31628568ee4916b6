//! `poolhouse passwords`: lists of compromised passwords.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use poolhouse_compromised::{CompromisedPasswords, build};

use crate::cli::PasswordsCommand;
use crate::exit::Failure;

/// Runs the command.
///
/// # Errors
/// Exit code 2 for files that cannot be used, 1 when a list cannot be finished or a password is known.
pub(crate) fn run(command: PasswordsCommand) -> Result<(), Failure> {
    match command {
        PasswordsCommand::Build { inputs, output } => make(&inputs, &output),
        PasswordsCommand::Check { compromised_passwords } => check(compromised_passwords.as_deref()),
    }
}

/// The passwords that others know: those of the list, if there is one, and those that are built in.
///
/// # Errors
/// When the list cannot be used.
pub(crate) fn known(list: Option<&Path>) -> Result<CompromisedPasswords, Failure> {
    let Some(path) = list else { return Ok(CompromisedPasswords::default()) };
    CompromisedPasswords::open(path)
        .map_err(|error| Failure::setup(format!("compromised-passwords: {}: {error}", path.display())))
}

#[expect(clippy::print_stdout, reason = "what a command made is its output")]
fn make(inputs: &[PathBuf], output: &Path) -> Result<(), Failure> {
    // All of them at the beginning: the first may take an hour.
    check_output(inputs, output)?;
    let inputs = inputs.iter().map(|path| open(path)).collect::<Result<Vec<_>, _>>()?;
    let built = build(inputs, output)
        .map_err(|error| Failure::running(format!("cannot make {}: {error}", output.display())))?;
    println!("{} passwords are in the list, of {} lines.", built.entries, built.taken);
    if built.left_out > 0 {
        println!("{} lines were left out: they are longer than any password.", built.left_out);
    }
    Ok(())
}

/// Refuses to put the list into the place of a file that it is made of.
fn check_output(inputs: &[PathBuf], output: &Path) -> Result<(), Failure> {
    let Ok(place) = output.canonicalize() else { return Ok(()) };
    match inputs.iter().find(|input| input.canonicalize().is_ok_and(|input| input == place)) {
        None => Ok(()),
        Some(input) => Err(Failure::setup(format!(
            "output: {} is an input as well; choose another file for the list",
            input.display()
        ))),
    }
}

fn open(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(path)
        .map_err(|error| Failure::setup(format!("input {} cannot be read: {error}", path.display())))?;
    Ok(Box::new(BufReader::with_capacity(1 << 20, file)))
}

/// Names lines by their number: passwords have no business on a screen.
#[expect(clippy::print_stdout, reason = "what a command found is its output")]
fn check(list: Option<&Path>) -> Result<(), Failure> {
    let known = known(list)?;
    let (mut looked_up, mut found) = (0, 0);
    for line in io::stdin().lock().lines() {
        let line = line.map_err(|error| Failure::running(format!("standard input: {error}")))?;
        looked_up += 1;
        let is_known = known.contains(&line);
        found += u64::from(is_known);
        println!("line {looked_up}: {}", if is_known { "known" } else { "not known" });
    }
    if found == 0 {
        Ok(())
    } else {
        Err(Failure::running(format!("{found} of {looked_up} passwords are known")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_does_not_replace_what_it_is_made_of() {
        let path = std::env::temp_dir().join(format!("poolhouse-passwords-{}", std::process::id()));
        std::fs::write(&path, "secret\n").unwrap();
        let same = path.with_file_name(".").join(path.file_name().unwrap());
        assert!(make(&[PathBuf::from("-"), path.clone()], &same).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "secret\n");
        std::fs::remove_file(&path).unwrap();
        assert!(check_output(std::slice::from_ref(&path), &path).is_ok());
    }
}
