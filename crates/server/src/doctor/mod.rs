//! `poolhouse doctor`: what is wrong with an installation and what surrounds it, and how to mend it.
//!
//! It asks what the server will ask, by the server's own settings and with its own means, and makes, changes and sends nothing.
//!
//! | file | looks at |
//! |---|---|
//! | `machine` | folders, files, the disk, limits |
//! | `data` | the database, its clock, the master key |
//! | `certificate` | the certificate of TLS, and the authority that gives it |
//! | `network` | addresses, mail, SMS, DNS |

mod certificate;
mod data;
mod machine;
mod network;

use poolhouse_ports::Clock;

use crate::config::Options;
use crate::database::say;
use crate::exit::Failure;
use crate::{delivery, passwords, triggers};

/// How something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// As it should be.
    Good,
    /// It works, or may work, but somebody should know.
    Doubtful,
    /// It does not work, or will not for long.
    Wrong,
}

/// What was found so far; each finding is told at once, for some take their time.
#[derive(Debug, Default)]
struct Report {
    doubtful: usize,
    wrong: usize,
}

impl Report {
    fn good(&mut self, about: &str, text: impl AsRef<str>) {
        self.tell(Verdict::Good, about, text.as_ref());
    }

    fn doubtful(&mut self, about: &str, text: impl AsRef<str>) {
        self.tell(Verdict::Doubtful, about, text.as_ref());
    }

    fn wrong(&mut self, about: &str, text: impl AsRef<str>) {
        self.tell(Verdict::Wrong, about, text.as_ref());
    }

    fn tell(&mut self, verdict: Verdict, about: &str, text: &str) {
        let verdict = match verdict {
            Verdict::Good => "ok   ",
            Verdict::Doubtful => {
                self.doubtful += 1;
                "doubt"
            }
            Verdict::Wrong => {
                self.wrong += 1;
                "WRONG"
            }
        };
        say(&format!("{verdict}  {about}: {text}"));
    }

    /// The last word.
    fn end(&self) -> Result<(), Failure> {
        match (self.wrong, self.doubtful) {
            (0, 0) => say("Nothing is wrong."),
            (0, doubts) => {
                say(&format!(
                    "Nothing is wrong; {} worth a look.",
                    counted(doubts, "thing is", "things are")
                ));
            }
            (wrong, _) => {
                let wrong = counted(wrong, "thing is", "things are");
                return Err(Failure::running(format!("{wrong} wrong; each line above says what to do")));
            }
        }
        Ok(())
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Looks at everything.
///
/// # Errors
/// Exit code 2 when the configuration cannot be used, 1 when something else is wrong.
pub(crate) async fn run(options: Options) -> Result<(), Failure> {
    let options = options.complete()?;
    let mut report = Report::default();
    configuration(&options)?;
    report.good("configuration", "can be used");
    machine::look(&options, &mut report);
    let domains = data::look(&options, &mut report).await;
    network::look(&options, &domains, &mut report).await?;
    report.end()
}

/// Reads what `serve` reads before it touches anything.
fn configuration(options: &Options) -> Result<(), Failure> {
    let clock = Clock::system();
    options.root()?;
    delivery::courier(&options.delivery, &clock)?;
    triggers::triggers(&options.triggers, &clock)?;
    passwords::known(options.protection.compromised_passwords.as_deref())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubts_alone_are_no_failure() {
        let mut report = Report::default();
        report.good("a", "b");
        report.doubtful("a", "b");
        assert!(report.end().is_ok());
        report.wrong("a", "b");
        assert!(report.end().unwrap_err().to_string().starts_with("1 thing is wrong"));
    }
}
