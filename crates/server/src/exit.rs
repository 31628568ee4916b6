//! How the process ends: 0, 1 when it failed while running, 2 when it could not begin.

use std::fmt;
use std::process::ExitCode;

use poolhouse_kernel::Fault;

/// Why the process ends, in words that name the cause and the cure.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// Bad usage, bad configuration, or surroundings in which the server cannot begin.
    pub(crate) fn setup(message: impl Into<String>) -> Self {
        Self { code: 2, message: message.into() }
    }

    /// What the domain refused to a command, or failed in: `what` it was about, the code, and the words there are.
    pub(crate) fn of_fault(what: impl fmt::Display, fault: &Fault) -> Self {
        Self::running(format!("{what}: {}", in_words(fault)))
    }

    /// Something broke after the start.
    pub(crate) fn running(message: impl Into<String>) -> Self {
        Self { code: 1, message: message.into() }
    }
}

/// What the domain refused or failed in: the code, and the words there are.
pub(crate) fn in_words(fault: &Fault) -> String {
    let cause = fault.cause().map(ToString::to_string);
    let text = fault.message().map(str::to_owned).or(cause).unwrap_or_default();
    format!("{}: {text}", fault.code())
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Says why on the terminal, and gives the exit code.
#[expect(clippy::print_stderr, reason = "the last word of the process, for the person who started it")]
pub(crate) fn report(failure: &Failure) -> ExitCode {
    eprintln!("poolhouse: {failure}");
    ExitCode::from(failure.code)
}
